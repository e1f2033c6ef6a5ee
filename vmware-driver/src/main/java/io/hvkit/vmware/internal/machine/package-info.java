/** Machines of one host of a vCenter: found, made, started, stopped, changed and forgotten. */
@NullMarked
package io.hvkit.vmware.internal.machine;

import org.jspecify.annotations.NullMarked;
