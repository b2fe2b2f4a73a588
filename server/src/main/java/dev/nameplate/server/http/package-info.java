/// Asking others over HTTP.
@NullMarked
package dev.nameplate.server.http;

import org.jspecify.annotations.NullMarked;
