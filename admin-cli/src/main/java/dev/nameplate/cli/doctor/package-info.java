/// Looks at a certificate authority from outside, as relying parties do, and says what is wrong
/// with it. Needs nothing but its URLs and certificates, so it may be anybody's.
@NullMarked
package dev.nameplate.cli.doctor;

import org.jspecify.annotations.NullMarked;
