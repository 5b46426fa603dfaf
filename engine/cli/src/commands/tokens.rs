//! `throng tokens`: who may talk to an engine.

use throng_server::{ServerError, Tokens};
use tokio::runtime::Builder;

use crate::arguments::{TokensArguments, TokensCommand};
use crate::commands::serve::failure;
use crate::engine::print;
use crate::exit::{Exit, Failure};

/// Makes, lists or removes tokens.
pub(crate) fn tokens(arguments: &TokensArguments) -> Result<Exit, Failure> {
    let runtime = Builder::new_current_thread().build().map_err(Failure::engine)?;
    let tokens = Tokens::open(&arguments.data).map_err(failure)?;
    runtime.block_on(change(&tokens, &arguments.command)).map_err(failure)?
}

async fn change(tokens: &Tokens, command: &TokensCommand) -> Result<Result<Exit, Failure>, ServerError> {
    match command {
        TokensCommand::Add { name, scope, expires } => {
            let Some(token) = tokens.add(name, *scope, *expires).await? else {
                return Ok(Err(Failure::bad_input(format!("there is a token `{name}` already; remove it first, or take another name"))));
            };
            print(&format!("{}\n", token.secret));
            eprintln!(
                "this is shown once; clients send it as `Authorization: Bearer TOKEN`, `throng push` and `throng campaigns` take it from THRONG_TOKEN"
            );
        }
        TokensCommand::List => {
            for token in tokens.list().await? {
                let expires = token.expires.map(|at| format!("  expires {at}")).unwrap_or_default();
                print(&format!("{}  {}  made {}{expires}\n", token.name, token.scope, token.created));
            }
        }
        TokensCommand::Remove { name } => {
            if !tokens.remove(name).await? {
                return Ok(Err(Failure::bad_input(format!("there is no token `{name}`; `throng tokens list` shows them"))));
            }
        }
    }
    Ok(Ok(Exit::Good))
}
