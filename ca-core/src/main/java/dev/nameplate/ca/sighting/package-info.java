/// What others see of our certificates: sightings, and whether to let a connection in.
@NullMarked
package dev.nameplate.ca.sighting;

import org.jspecify.annotations.NullMarked;
