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
dependencies = {"lua >= 5.3, < 5.5"}
local LUA = "V=`$(LUA) -e 'io.write(_VERSION:sub(5))'` && "
build = {
	type = "command",
	build_command = LUA .. "meson setup build-rock-$V -Donly_bindings=true -Dpython=disabled " ..
		"-Dlua=enabled -Dlua_versions=$V -Ddefault_library=static && ninja -C build-rock-$V",
	install_command = LUA .. "install -D -m 644 bindings/lua/emsign.lua " ..
		"$(LUADIR)/emsign.lua && install -D build-rock-$V/bindings/lua/$V/emsign/core.so " ..
		"$(LIBDIR)/emsign/core.so",
}
