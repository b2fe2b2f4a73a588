/// The `nameplate` command: one class per command, and how it prints. Talks to a server over its
/// admin API, to relying parties' URLs and, as an EST client, to the EST listener; only `init`,
/// `serve` and `config check` touch a server's folder.
@NullMarked
package dev.nameplate.cli;

import org.jspecify.annotations.NullMarked;
