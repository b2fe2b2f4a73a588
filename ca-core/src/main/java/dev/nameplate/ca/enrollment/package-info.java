/// How a certificate comes about: who is asking, and the one flat method that every issuance goes
/// through. Knows ports only.
@NullMarked
package dev.nameplate.ca.enrollment;

import org.jspecify.annotations.NullMarked;
