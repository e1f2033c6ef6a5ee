package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimFault;

/** The datastores that a host has. */
final class Datastores {

    private final Site site;

    Datastores(Site site) {
        this.site = site;
    }

    /** Returns the one of that name; {@code NOT_FOUND} if the host has none. */
    Ref named(String name) throws InterruptedException {
        try {
            return site.client().properties().readAll(site.host(), "datastore", "Datastore", "name").stream()
                    .filter(found -> found.text("name").equals(name))
                    .findFirst()
                    .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                            .message("host %s has no datastore '%s'", site.name(), name))
                    .ref();
        } catch (VimFault e) {
            throw e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }
}
