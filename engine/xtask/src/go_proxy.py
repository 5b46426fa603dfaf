"""Makes a folder a Go module proxy of one module: SOURCE FOLDER MODULE VERSION."""

import pathlib
import shutil
import sys
import zipfile

source, folder, module, version = sys.argv[1:]
versions = pathlib.Path(folder, module, "@v")
versions.mkdir(parents=True, exist_ok=True)
(versions / f"{version}.info").write_text(f'{{"Version": "{version}"}}')
shutil.copy(pathlib.Path(source, "go.mod"), versions / f"{version}.mod")
with zipfile.ZipFile(versions / f"{version}.zip", "w") as archive:
    for file in sorted(pathlib.Path(source).rglob("*")):
        if file.is_file():
            archive.write(file, f"{module}@{version}/{file.relative_to(source)}")
