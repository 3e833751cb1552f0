# SPDX-License-Identifier: MIT
"""Prints where a package below PREFIX has to lie for this interpreter to find it."""
import sys
import sysconfig

prefix = sys.argv[1].rstrip("/")
own = [path for path in sys.path
       if path.startswith(prefix + "/lib") and path.endswith("-packages")
       # the system's folder is not ours to write to when a nearer one exists
       and "/local/" not in path[len(prefix):]]
version = "python{}.{}".format(*sys.version_info)
named = [path for path in own if version in path]
if named or own:
    print((named or own)[0])
else:
    print(f"{prefix}/lib/{version}/" + sysconfig.get_path("platlib").rsplit("/", 1)[1]
          .replace("dist-packages", "site-packages"))
