/** Storage jobs by the programs of a host. */
@NullMarked
package io.hvkit.kvm.internal.endpoint;

import org.jspecify.annotations.NullMarked;
