/** Machines, their keys and the copies of their disks. */
@NullMarked
package io.hvkit.kvm.internal.machine;

import org.jspecify.annotations.NullMarked;
