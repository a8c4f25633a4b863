#!/usr/bin/env node
'use strict';
const { enableCompileCache } = require('node:module');
enableCompileCache?.();
require(enableCompileCache === undefined ? '../dist/cli/compiled.cjs' : '../dist/cli/cli.cjs');
