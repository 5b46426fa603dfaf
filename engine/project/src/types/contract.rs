//! The contract's imports as TypeScript modules, in the way that `componentize-js` gives them to a guest.

use std::fmt::Write as _;
use std::path::Path;

use wit_bindgen_core::wit_parser::{
    Function, FunctionKind, Handle, Interface, InterfaceId, Resolve, Type, TypeDefKind, TypeId, UnresolvedPackageGroup, WorldId, WorldItem,
};

use crate::contract::{FILES, WORLD};

/// A TypeScript declaration file of all modules that a scenario can import.
///
/// # Errors
/// The contract of this very program does not parse.
pub(crate) fn typescript_contract() -> anyhow::Result<String> {
    let (resolve, world) = own_contract()?;
    let mut text = "// The engine's own modules, made of `wit/` by `throng new`.\n".to_owned();
    let world = resolve.worlds.get(world).ok_or_else(|| anyhow::anyhow!("the contract has no world"))?;
    for item in world.imports.values() {
        if let WorldItem::Interface { id, .. } = item {
            Module { resolve: &resolve, id: *id, text: &mut text }.print()?;
        }
    }
    Ok(text)
}

/// The contract that this program was built with.
fn own_contract() -> anyhow::Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let mut groups = Vec::new();
    for (path, text) in FILES {
        groups.push(UnresolvedPackageGroup::parse(Path::new(path), text).map_err(|(_, error)| anyhow::anyhow!("{path}: {error}"))?);
    }
    let main = groups.remove(0);
    let package = resolve.push_groups(main, groups)?;
    let world = resolve.select_world(&[package], Some(WORLD))?;
    Ok((resolve, world))
}

/// One interface on its way into the text.
struct Module<'a> {
    resolve: &'a Resolve,
    id: InterfaceId,
    text: &'a mut String,
}

impl Module<'_> {
    fn print(mut self) -> anyhow::Result<()> {
        let resolve = self.resolve;
        let interface = resolve.interfaces.get(self.id).ok_or_else(|| anyhow::anyhow!("an interface is missing"))?;
        writeln!(self.text, "\ndeclare module '{}' {{", resolve.id_of(self.id).unwrap_or_default())?;
        for (name, id) in &interface.types {
            self.define(interface, name, *id)?;
        }
        for function in interface.functions.values().filter(|function| function.kind == FunctionKind::Freestanding) {
            self.about("  ", function.docs.contents.as_deref())?;
            writeln!(self.text, "  export function {}{};", camel(&function.name), self.signature(function, 0))?;
        }
        self.text.push_str("}\n");
        Ok(())
    }

    fn define(&mut self, interface: &Interface, name: &str, id: TypeId) -> anyhow::Result<()> {
        let resolve = self.resolve;
        let defined = resolve.types.get(id).ok_or_else(|| anyhow::anyhow!("the type `{name}` is missing"))?;
        self.about("  ", defined.docs.contents.as_deref())?;
        let name = pascal(name);
        match &defined.kind {
            TypeDefKind::Type(Type::Id(other)) => match self.place(*other) {
                Some(module) => {
                    let other = resolve.types.get(*other).and_then(|other| other.name.as_deref()).map(pascal).unwrap_or_default();
                    writeln!(self.text, "  export type {name} = import('{module}').{other};")?;
                }
                None => writeln!(self.text, "  export type {name} = {};", self.written(&Type::Id(*other)))?,
            },
            TypeDefKind::Record(record) => {
                writeln!(self.text, "  export interface {name} {{")?;
                for field in &record.fields {
                    self.about("    ", field.docs.contents.as_deref())?;
                    let (mark, shape) = self.optional(&field.ty);
                    writeln!(self.text, "    {}{mark}: {shape};", camel(&field.name))?;
                }
                self.text.push_str("  }\n");
            }
            TypeDefKind::Variant(variant) => {
                let case = |(name, payload): (&str, Option<&Type>)| match payload {
                    Some(payload) => format!("{{ tag: '{name}'; val: {} }}", self.written(payload)),
                    None => format!("{{ tag: '{name}'; val?: undefined }}"),
                };
                let cases: Vec<_> = variant.cases.iter().map(|each| case((&each.name, each.ty.as_ref()))).collect();
                writeln!(self.text, "  export type {name} =\n    | {};", cases.join("\n    | "))?;
            }
            TypeDefKind::Enum(cases) => {
                let cases: Vec<_> = cases.cases.iter().map(|case| format!("'{}'", case.name)).collect();
                writeln!(self.text, "  export type {name} = {};", cases.join(" | "))?;
            }
            TypeDefKind::Resource => self.class(interface, &name, id)?,
            other => writeln!(self.text, "  export type {name} = {};", self.kind(other))?,
        }
        Ok(())
    }

    fn class(&mut self, interface: &Interface, name: &str, id: TypeId) -> anyhow::Result<()> {
        writeln!(self.text, "  export class {name} {{")?;
        for function in interface.functions.values() {
            let method = camel(function.item_name());
            let line = match function.kind {
                FunctionKind::Constructor(of) if of == id => {
                    let parameters = self.parameters(function, 0);
                    format!("constructor({parameters})")
                }
                // The first parameter of a method is the object itself.
                FunctionKind::Method(of) if of == id => format!("{method}{}", self.signature(function, 1)),
                FunctionKind::Static(of) if of == id => format!("static {method}{}", self.signature(function, 0)),
                _ => continue,
            };
            self.about("    ", function.docs.contents.as_deref())?;
            writeln!(self.text, "    {line};")?;
        }
        self.text.push_str("  }\n");
        Ok(())
    }

    fn signature(&self, function: &Function, skipped: usize) -> String {
        let result = function.result.as_ref().map_or_else(|| "void".to_owned(), |result| self.written(result));
        format!("({}): {result}", self.parameters(function, skipped))
    }

    fn parameters(&self, function: &Function, skipped: usize) -> String {
        let parameters = function.params.iter().skip(skipped);
        parameters.map(|parameter| format!("{}: {}", camel(&parameter.name), self.written(&parameter.ty))).collect::<Vec<_>>().join(", ")
    }

    /// An optional field may be left out.
    fn optional(&self, shape: &Type) -> (&'static str, String) {
        let kind = if let Type::Id(id) = shape { self.resolve.types.get(*id).map(|defined| &defined.kind) } else { None };
        match kind {
            Some(TypeDefKind::Option(inner)) => ("?", self.written(inner)),
            _ => ("", self.written(shape)),
        }
    }

    fn written(&self, shape: &Type) -> String {
        match shape {
            Type::Bool => "boolean".to_owned(),
            Type::U64 | Type::S64 => "bigint".to_owned(),
            Type::String | Type::Char => "string".to_owned(),
            Type::Id(id) => match self.resolve.types.get(*id) {
                Some(defined) => defined.name.as_deref().map_or_else(|| self.kind(&defined.kind), pascal),
                None => "unknown".to_owned(),
            },
            Type::U8 | Type::U16 | Type::U32 | Type::S8 | Type::S16 | Type::S32 | Type::F32 | Type::F64 => "number".to_owned(),
            Type::ErrorContext => "unknown".to_owned(),
        }
    }

    fn kind(&self, kind: &TypeDefKind) -> String {
        match kind {
            TypeDefKind::List(Type::U8) => "Uint8Array".to_owned(),
            TypeDefKind::List(items) => format!("Array<{}>", self.written(items)),
            TypeDefKind::Option(inner) => format!("{} | undefined", self.written(inner)),
            TypeDefKind::Tuple(tuple) => format!("[{}]", tuple.types.iter().map(|part| self.written(part)).collect::<Vec<_>>().join(", ")),
            TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) | TypeDefKind::Type(Type::Id(id)) => self.written(&Type::Id(*id)),
            TypeDefKind::Type(plain) => self.written(plain),
            // Of a result, functions return the good part and throw the other.
            TypeDefKind::Result(result) => result.ok.as_ref().map_or_else(|| "void".to_owned(), |good| self.written(good)),
            _ => "unknown".to_owned(),
        }
    }

    /// The module of a type, if it is another one.
    fn place(&self, id: TypeId) -> Option<String> {
        use wit_bindgen_core::wit_parser::TypeOwner;
        match self.resolve.types.get(id)?.owner {
            TypeOwner::Interface(owner) if owner != self.id => self.resolve.id_of(owner),
            _ => None,
        }
    }

    fn about(&mut self, indent: &str, docs: Option<&str>) -> std::fmt::Result {
        let docs = docs.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        if docs.is_empty() { Ok(()) } else { writeln!(self.text, "{indent}/** {docs} */") }
    }
}

/// `request-of` is `RequestOf`.
fn pascal(name: &str) -> String {
    let mut pascal = String::with_capacity(name.len());
    for word in name.split('-') {
        let mut letters = word.chars();
        pascal.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        pascal.push_str(letters.as_str());
    }
    pascal
}

/// `request-of` is `requestOf`.
fn camel(name: &str) -> String {
    let pascal = pascal(name);
    let mut letters = pascal.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}
