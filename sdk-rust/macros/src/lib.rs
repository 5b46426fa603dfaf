//! The attribute macros of throng's Rust SDK.

use proc_macro::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Error, ItemFn, parse_macro_input};

/// Exports a function as the component's scenario: `#[throng::scenario] fn checkout() -> Scenario`.
///
/// The body may end in the flow itself; it is turned into the scenario. The function stays an ordinary one, for tests to call.
/// A crate has one such function; `#[throng::scenarios]` exports several scenarios.
#[proc_macro_attribute]
pub fn scenario(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function = parse_macro_input!(item as ItemFn);
    let body = &function.block;
    expand("scenario", arguments, &function, quote!({ ::core::convert::Into::into(#body) }))
}

/// Exports all scenarios that a function lists: `#[throng::scenarios] fn all() -> Vec<Scenario>`.
#[proc_macro_attribute]
pub fn scenarios(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function = parse_macro_input!(item as ItemFn);
    let body = &function.block;
    expand("scenarios", arguments, &function, quote!(#body))
}

fn expand(name: &str, arguments: TokenStream, function: &ItemFn, body: proc_macro2::TokenStream) -> TokenStream {
    let refuse = |place, message: String| Error::new(place, message).to_compile_error().into();
    if !arguments.is_empty() {
        return refuse(function.sig.span(), format!("`#[throng::{name}]` takes no arguments; settings are methods of the scenario"));
    }
    if !function.sig.inputs.is_empty() {
        let message = format!("`#[throng::{name}]` wants a function without parameters; read what varies from a `Setting`");
        return refuse(function.sig.inputs.span(), message);
    }
    let ItemFn { attrs, vis, sig, .. } = function;
    let ident = &sig.ident;
    quote! {
        // Outside of a component and its tests, nothing calls it.
        #[allow(dead_code)]
        #(#attrs)*
        #vis #sig #body

        ::throng::__export!(#ident);
    }
    .into()
}
