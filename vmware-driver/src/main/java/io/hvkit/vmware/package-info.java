/** VMware vSphere, by its own small client. */
@NullMarked
package io.hvkit.vmware;

import org.jspecify.annotations.NullMarked;
