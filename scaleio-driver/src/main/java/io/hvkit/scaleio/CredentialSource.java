package io.hvkit.scaleio;

import java.net.URI;

/** Where passwords come from. Asked at each login, so that one that was changed is used from then on. Any thread may call it. */
@FunctionalInterface
public interface CredentialSource {

    /** Returns the credentials for a gateway; the driver closes them, and so wipes the password, when the login has ended. */
    Credentials forGateway(URI gateway);
}
