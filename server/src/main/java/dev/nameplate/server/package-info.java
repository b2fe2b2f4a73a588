/// Joins the parts to one server: settings, profiles, listeners, jobs and metrics. What talks to
/// what is in [Nameplate]. Knows every module but the command line.
@NullMarked
package dev.nameplate.server;

import org.jspecify.annotations.NullMarked;
