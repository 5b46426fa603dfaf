//! A server to measure against, until nobody wants it any more.

use std::io::{self, Read as _};

use anyhow::{Result, bail};
use throng_kit::{KafkaServer, MosquittoServer, NginxServer, NginxTls, PostgresServer, RabbitServer, RedisServer};

use crate::tcp;

/// Starts a server, prints where it is, and ends it with the standard input.
pub(crate) fn serve(system: &str) -> Result<()> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    match system {
        "http" => {
            let tls = NginxTls { certificate: &certificate, key: &key, clients: &certificate };
            let server = NginxServer::start("", &[("page", "twenty-three bytes long")], tls)?;
            until_the_end(&format!("http://127.0.0.1:{}", server.port))
        }
        "rabbitmq" => {
            let server = RabbitServer::start(&certificate, &key)?;
            until_the_end(&server.url())
        }
        "kafka" => {
            let server = KafkaServer::start()?;
            until_the_end(&format!("kafka://{}", server.address()))
        }
        "mqtt" => {
            let server = MosquittoServer::start(&certificate, &key)?;
            until_the_end(&server.url())
        }
        "redis" => {
            let server = RedisServer::start()?;
            until_the_end(&server.url())
        }
        "postgresql" => {
            let server = PostgresServer::start()?;
            until_the_end(&format!("postgresql://{}", server.address()))
        }
        "tcp" => {
            let address = tcp::echo()?;
            until_the_end(&format!("tcp://{address}"))
        }
        "sqlite" => {
            let folder = throng_kit::tempdir()?;
            until_the_end(&format!("sqlite:{}", folder.path().join("bench.db").display()))
        }
        other => bail!("there is no server `{other}`"),
    }
}

fn until_the_end(url: &str) -> Result<()> {
    println!("{url}");
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
