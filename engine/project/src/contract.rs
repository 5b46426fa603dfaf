//! The contract between engine and guests, `wit/`, as each project has it: the package with the world at the top, the others in `deps/`.

/// The folder of a project that holds it.
pub(crate) const FOLDER: &str = "wit";

/// The world that every scenario targets.
pub(crate) const WORLD: &str = "scenario";

/// Its files, by their paths in a project.
pub(crate) const FILES: [(&str, &str); 5] = [
    ("wit/scenario.wit", include_str!("../../../wit/scenario/scenario.wit")),
    ("wit/deps/types/types.wit", include_str!("../../../wit/types/types.wit")),
    ("wit/deps/host/host.wit", include_str!("../../../wit/host/host.wit")),
    ("wit/deps/http/http.wit", include_str!("../../../wit/http/http.wit")),
    ("wit/deps/kafka/kafka.wit", include_str!("../../../wit/kafka/kafka.wit")),
];
