-- SPDX-License-Identifier: MIT
-- The suite that every store in C has to pass, on one of tables.
local emsign = require "emsign"
local suite = require "emsign_suite"
local support = require "support"

assert(suite.store("lua", function() return emsign.Store(support.store()) end) == 0)
