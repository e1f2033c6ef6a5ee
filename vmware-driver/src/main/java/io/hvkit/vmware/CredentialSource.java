package io.hvkit.vmware;

import java.net.URI;

/** Where passwords come from. Asked at each login, so that one that was changed is used from then on. Any thread may call it. */
@FunctionalInterface
public interface CredentialSource {

    /** Returns the credentials for a vCenter; the driver closes them, and so wipes the password, when the login has ended. */
    Credentials forVcenter(URI vcenter);
}
