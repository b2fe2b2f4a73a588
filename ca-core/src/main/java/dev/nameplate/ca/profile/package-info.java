/// What a certificate of each kind looks like. Profiles are values; the files they come from are
/// read by `server`.
@NullMarked
package dev.nameplate.ca.profile;

import org.jspecify.annotations.NullMarked;
