/// Whom a label trusts besides its own certificates: manufacturers, whose certificates (IDevIDs)
/// let a device in for the first time, and stations, which ask for devices. Knows no protocol.
@NullMarked
package dev.nameplate.ca.trust;

import org.jspecify.annotations.NullMarked;
