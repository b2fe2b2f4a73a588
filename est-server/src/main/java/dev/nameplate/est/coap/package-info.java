/// EST over CoAPs (RFC 9148): the same operations as over HTTP, in binary, for devices on small
/// links. Nothing in here knows how a certificate comes about.
@NullMarked
package dev.nameplate.est.coap;

import org.jspecify.annotations.NullMarked;
