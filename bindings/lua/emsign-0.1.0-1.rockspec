-- SPDX-License-Identifier: MIT
-- luarocks make bindings/lua/emsign-0.1.0-1.rockspec, from the top of the source tree
rockspec_format = "3.0"
package = "emsign"
version = "0.1.0-1"
source = {url = "."}
description = {
	summary = "Client for the emSign / CERTInext certificate authority",
	license = "MIT",
}
dependencies = {"lua ~> 5.4"}
build = {
	type = "command",
	build_command = "meson setup build-rock -Dlua=enabled -Dpython=disabled -Dtests=false " ..
		"-Ddefault_library=static && ninja -C build-rock",
	install_command = "install -D -m 644 build-rock/bindings/lua/emsign.lua " ..
		"$(LUADIR)/emsign.lua && install -D build-rock/bindings/lua/emsign/core.so " ..
		"$(LIBDIR)/emsign/core.so",
}
