/** Calls to a vCenter by its SOAP interface: what is asked, what comes back, sessions, and tasks that are waited for. */
@NullMarked
package io.hvkit.vmware.internal.soap;

import org.jspecify.annotations.NullMarked;
