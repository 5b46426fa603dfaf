//! A shorter way to the function of a component that is called again and again.
//!
//! At each call of an export wasmtime 48 looks up what the exporting module's code is, in the tables of all compiled functions: a fifth of the
//! instructions of a small call. What a module exports without having made it, because it imports it, needs no looking up. So the component gets a
//! module that imports the function and exports it again, and an export of its own, [`SHORTCUT`], that is lifted from there as the original is.
//! Both lead to the same code. wasmtime 49 remembers what it found: behind it this file can go.

use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, ComponentAliasSection, ComponentExportKind, ComponentExportSection, ComponentSection,
    EntityType, ExportKind, ExportSection, ImportSection, InstanceSection, Module, ModuleArg, ModuleSection, TypeSection, ValType,
};
use wasmparser::types::TypesRef;
use wasmparser::{CanonicalFunction, ComponentAlias, ComponentAliasSectionReader, Encoding, ExternalKind, Parser, Payload, Validator};

/// What the added export is called.
pub(crate) const SHORTCUT: &str = "throng-shortcut";

/// What the function is called in the added module.
const FUNCTION: &str = "function";

/// The component with a shortcut to a function that it exports. None for one that is not built as toolchains build them, such as a composition,
/// which has the function inside of a component of its own, for one that has an export of that name already, and for one that is not valid.
pub(crate) fn with_shortcut(bytes: &[u8], interface: &str, function: &str) -> Option<Vec<u8>> {
    let name = format!("{interface}#{function}");
    let mut validator = Validator::new();
    let (mut depth, mut core, mut lift) = (0_u32, None, None);
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.ok()?;
        match &payload {
            Payload::Version { encoding: Encoding::Component | Encoding::Module, .. } => depth += 1,
            Payload::ComponentAliasSection(section) if depth == 1 => {
                let before = validator.types(0)?.function_count();
                core = core.or(core_function(section.clone(), before, &name));
            }
            Payload::ComponentCanonicalSection(section) if depth == 1 => {
                for function in section.clone() {
                    if let CanonicalFunction::Lift { core_func_index, type_index, options } = function.ok()?
                        && Some(core_func_index) == core
                    {
                        lift = Some((type_index, options));
                    }
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section.clone() {
                    if export.ok()?.name.name == SHORTCUT {
                        return None;
                    }
                }
            }
            Payload::End(_) if depth == 1 => {
                let (type_index, options) = lift?;
                return append(bytes, validator.types(0)?, core?, type_index, &options);
            }
            Payload::End(_) => depth -= 1,
            _ => {}
        }
        validator.payload(&payload).ok()?;
    }
    None
}

/// The index of the core function that an instance exports by this name, if it gets one here.
fn core_function(aliases: ComponentAliasSectionReader<'_>, before: u32, wanted: &str) -> Option<u32> {
    let functions = aliases.into_iter().filter_map(|alias| match alias {
        Ok(ComponentAlias::CoreInstanceExport { kind: ExternalKind::Func, name, .. }) => Some(name),
        _ => None,
    });
    (before..).zip(functions).find_map(|(index, name)| (name == wanted).then_some(index))
}

/// Puts behind a component what makes the shortcut: nothing in it is moved by that.
fn append(bytes: &[u8], types: TypesRef<'_>, core: u32, type_index: u32, options: &[wasmparser::CanonicalOption]) -> Option<Vec<u8>> {
    let module = passing_on(types, core)?;
    let options = options.iter().map(option).collect::<Option<Vec<_>>>()?;
    let (given, passing) = (types.core_instance_count(), types.core_instance_count() + 1);
    let mut instances = InstanceSection::new();
    instances.export_items([(FUNCTION, ExportKind::Func, core)]);
    instances.instantiate(types.module_count(), [("", ModuleArg::Instance(given))]);
    let mut aliases = ComponentAliasSection::new();
    aliases.alias(Alias::CoreInstanceExport { instance: passing, kind: ExportKind::Func, name: FUNCTION });
    let mut functions = CanonicalFunctionSection::new();
    functions.lift(types.function_count(), type_index, options);
    let mut exports = ComponentExportSection::new();
    exports.export(SHORTCUT, ComponentExportKind::Func, types.component_function_count(), None);

    let mut longer = bytes.to_vec();
    ModuleSection(&module).append_to_component(&mut longer);
    instances.append_to_component(&mut longer);
    aliases.append_to_component(&mut longer);
    functions.append_to_component(&mut longer);
    exports.append_to_component(&mut longer);
    Some(longer)
}

/// A module that exports the function that it imports.
fn passing_on(types: TypesRef<'_>, core: u32) -> Option<Module> {
    let signature = types.get(types.core_function_at(core))?.unwrap_func();
    let parameters = signature.params().iter().map(value_type).collect::<Option<Vec<_>>>()?;
    let results = signature.results().iter().map(value_type).collect::<Option<Vec<_>>>()?;
    let mut signatures = TypeSection::new();
    signatures.ty().function(parameters, results);
    let mut imports = ImportSection::new();
    imports.import("", FUNCTION, EntityType::Function(0));
    let mut exports = ExportSection::new();
    exports.export(FUNCTION, ExportKind::Func, 0);
    let mut module = Module::new();
    module.section(&signatures).section(&imports).section(&exports);
    Some(module)
}

fn value_type(value: &wasmparser::ValType) -> Option<ValType> {
    match value {
        wasmparser::ValType::I32 => Some(ValType::I32),
        wasmparser::ValType::I64 => Some(ValType::I64),
        wasmparser::ValType::F32 => Some(ValType::F32),
        wasmparser::ValType::F64 => Some(ValType::F64),
        _ => None,
    }
}

fn option(option: &wasmparser::CanonicalOption) -> Option<CanonicalOption> {
    match option {
        wasmparser::CanonicalOption::UTF8 => Some(CanonicalOption::UTF8),
        wasmparser::CanonicalOption::UTF16 => Some(CanonicalOption::UTF16),
        wasmparser::CanonicalOption::CompactUTF16 => Some(CanonicalOption::CompactUTF16),
        wasmparser::CanonicalOption::Memory(index) => Some(CanonicalOption::Memory(*index)),
        wasmparser::CanonicalOption::Realloc(index) => Some(CanonicalOption::Realloc(*index)),
        wasmparser::CanonicalOption::PostReturn(index) => Some(CanonicalOption::PostReturn(*index)),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]
mod tests {
    use wasmtime::component::{Component, Linker};
    use wasmtime::{Engine, Store};

    use super::{SHORTCUT, with_shortcut};

    /// Doubles a number, in the form that toolchains give components.
    const DOUBLING: &str = r#"
        (core module $m (func (export "math#double") (param i32) (result i32) (i32.add (local.get 0) (local.get 0))))
        (core instance $i (instantiate $m))
        (alias core export $i "math#double" (core func $double))
        (func $lifted (param "value" u32) (result u32) (canon lift (core func $double)))
        (instance $math (export "double" (func $lifted)))
        (export "math" (instance $math))"#;

    #[test]
    fn shortcut_leads_to_the_function() {
        let bytes = wat::parse_str(format!("(component {DOUBLING})")).unwrap();
        let longer = with_shortcut(&bytes, "math", "double").unwrap();
        assert_eq!(longer.get(..bytes.len()), Some(bytes.as_slice()), "nothing is moved");
        let engine = Engine::default();
        let component = Component::new(&engine, longer).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
        let function = instance.get_typed_func::<(u32,), (u32,)>(&mut store, SHORTCUT).unwrap();
        assert_eq!(function.call(&mut store, (21,)).unwrap(), (42,));
        assert!(component.get_export_index(None, "math").is_some(), "the way that it had is still there");
    }

    #[test]
    fn what_has_the_function_elsewhere_is_left_alone() {
        let composed = wat::parse_str(format!(
            r#"(component (component $c {DOUBLING}) (instance $i (instantiate $c)) (export "math" (instance $i "math")))"#
        ));
        let composed = composed.unwrap();
        assert_eq!(with_shortcut(&composed, "math", "double"), None);
        let bytes = wat::parse_str(format!("(component {DOUBLING})")).unwrap();
        assert_eq!(with_shortcut(&bytes, "math", "halve"), None);
        let taken = wat::parse_str(format!(r#"(component {DOUBLING} (export "{SHORTCUT}" (func $lifted)))"#)).unwrap();
        assert_eq!(with_shortcut(&taken, "math", "double"), None, "the name is its own");
        let cut = bytes.get(..bytes.len() / 2).unwrap_or_default();
        assert_eq!(with_shortcut(cut, "math", "double"), None);
    }
}
