/// TLS and HTTP as a client: whom to trust, who we are, and in plain words why there was no answer.
@NullMarked
package dev.nameplate.cli.http;

import org.jspecify.annotations.NullMarked;
