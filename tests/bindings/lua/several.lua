-- SPDX-License-Identifier: MIT
-- Several scripts of this folder in one process: lua several.lua INCLUDE-FOLDER ROUNDS NAME...
local folder, include, rounds = arg[0]:match("^(.*/)"), arg[1], arg[2]
local names = table.pack(table.unpack(arg, 3))
for _, name in ipairs(names) do
	arg = {name == "leaks" and rounds or include}
	dofile(folder .. name .. ".lua")
end
