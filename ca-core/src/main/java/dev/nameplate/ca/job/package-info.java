/// Work that is done again and again. A job knows what is to be done at an instant, not when it is
/// called, nor on which node.
@NullMarked
package dev.nameplate.ca.job;

import org.jspecify.annotations.NullMarked;
