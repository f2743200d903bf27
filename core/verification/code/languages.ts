import { isPython } from './python.ts';

/** Endings of names that interpreters, compilers and Python itself go by. `pth` is left out, since checkpoints have it, too. */
const ENDINGS = new Set(
  `applescript awk bash bat bazel bzl c cc cjs cl cmake cmd cpp cs csh cu cuh cxx desktop eps fish go gradle groovy gyp gypi h hpp hta inf ipynb ipy iqy java jl js jse jsx ksh
  kt kts lua m metal mjs mk mts nim nix php phtml pl pm ps ps1 psd1 psm1 ptx pxd py pyi pyw pyx qmd r rake rb reg rmd rs
  scala scf scm sct sh slk swift tcl tf tsx url vb vbe vbs vim webloc wsc wsf zsh`.split(/\s+/),
);
const NAMES = new Set(
  `cmakelists.txt containerfile crontab dockerfile gemfile gnumakefile jenkinsfile justfile makefile meson.build procfile
  rakefile sconscript sconstruct snakefile vagrantfile`.split(/\s+/),
);
/** Files that shells, debuggers, editors, package managers and git read when they start in a folder or for a person. */
const STARTS =
  /^\.(?:[\w-]*(?:rc|profile|login|logout|aliases)(?:\.\w+)?|gdbinit|lldbinit|flake8|gitconfig|gitmodules|htaccess|mailcap|netrc|renviron|xsession|xinitrc|exrc|emacs)$/;
/** How programs of other languages begin, behind blank lines and comments. */
const BEGINS = [
  // Of a shell.
  /^(?:set [-+][a-z]|export \w+=|source [./~$]\S*$|\. [./~$]\S*$|eval ["$'`]|if \[|for \w+ in .*; ?do\b|while .*; ?do\b|\w+ ?\(\) ?\{|\w+=["']?\$[({])/,
  /^(?:sudo|curl|wget|chmod|chown|rm|nc) (?:-|https?:|\+|\/|[ugoa]\+)|^cd \S+ ?&&|^@echo off\b/i,
  // A call of the system, as Perl, Ruby, R, Lua, Julia, PHP, VBScript and PowerShell have it; PostScript and registries.
  /^(?:(?:os|io|kernel|process|base)\.)?(?:system2?|exec|execute|popen|shell_exec|passthru|shell|run|spawn)\s*\(?\s*(?:"[^"]*"|'[^']*'|`[^`]+`)\s*[,);]|^(?:IEX|Invoke-\w+)[ (]|^(?:set \w+ ?= ?)?CreateObject\(|^%!PS\b|^Windows Registry Editor\b/i,
  // Of JavaScript and TypeScript.
  /^(?:["']use strict["'];?$|import (?:[\w*{][^;]* from )?["'][^"']+["'];?$|export (?:default|const|function|class|async|\{)|module\.exports|require\(["'])/,
  /^(?:const|let|var) .*(?:;|\{|=>|\))$|^(?:async )?function\*? ?\w*\(.*\{|^[(!](?:async )?(?:function|\(.*\) ?=>)/,
  // Of C, Perl, Ruby, Lua, Java, C#, R, Rust, Go and PowerShell.
  /^#(?:include [<"]|pragma once|ifndef \w+$|ifdef \w+$|define \w+)/,
  /^(?:use (?:strict|warnings);|require ['"]|local \w+ ?=|package [\w.:]+;$|public (?:final )?class |using [\w.]+;|library\(|fn main|param ?\()/,
];
const CONTAINER = /^FROM \S+(?: AS \S+)?$/i;

/** Whether the name of a file says that it is source code, for an interpreter or a person who goes by it. @param path in containers, too */
export function isNamedAsCode(path: string): boolean {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).toLowerCase();
  return (
    NAMES.has(name) ||
    STARTS.test(name) ||
    name.startsWith('dockerfile.') ||
    ENDINGS.has(/\.(\w+)[. ]*$/.exec(name)?.[1] ?? '')
  );
}

/** Whether the name is that of a file whose lines Python runs at its start; a checkpoint of PyTorch is no text. */
export function isSiteFile(path: string): boolean {
  return /\.pth[. ]*$/i.test(path);
}

/** Whether text is a program: one of Python in whole, those of other languages by how they begin. */
export function isCode(text: string): boolean {
  return text.startsWith('#!') || begins(text.slice(0, 65_536)) || isPython(text);
}

function begins(text: string): boolean {
  let comment = false;
  for (const raw of text.split(/\r\n?|\n/)) {
    const line = raw.replace(/^\uFEFF/, '').trim();
    if (comment || line.startsWith('/*')) comment = !line.includes('*/');
    else if (BEGINS.some((pattern) => pattern.test(line))) return true;
    else if (line !== '' && !/^(?:#|\/\/|--|;|%|rem\b|::)/i.test(line))
      return CONTAINER.test(line) && /^(?:RUN|CMD|ENTRYPOINT|COPY|ADD) /im.test(text);
  }
  return false;
}
