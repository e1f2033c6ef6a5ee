/** The contract of hypervisor plug-ins, and one that keeps it. Start reading at {@link io.hvkit.testkit.hypervisor.HypervisorContract}. */
@NullMarked
package io.hvkit.testkit.hypervisor;

import org.jspecify.annotations.NullMarked;
