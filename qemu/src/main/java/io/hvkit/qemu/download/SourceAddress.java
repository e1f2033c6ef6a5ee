package io.hvkit.qemu.download;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/** Where an image is, by HTTP or HTTPS. Printed without its query, which may hold a signature or a token. */
final class SourceAddress {

    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;
    private static final int LAST_PORT = 65_535;

    private final URI uri;
    private final boolean secure;

    private SourceAddress(URI uri, boolean secure) {
        this.uri = uri;
        this.secure = secure;
    }

    /**
     * Checks an address.
     *
     * @throws DriverException with {@code UNSUPPORTED} for another scheme, {@code INVALID_REQUEST} if it names no host or holds a
     *     user or a password
     */
    static SourceAddress of(URI given) {
        String scheme = String.valueOf(given.getScheme()).toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("images are fetched from http:// and https:// addresses, not by '%s'", scheme);
        }
        if (String.valueOf(given.getRawAuthority()).contains("@")) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("the address of an image holds no user and no password, since addresses end up in logs;"
                            + " use a signed address, or a server that knows this host");
        }
        URI uri = URI.create(given.toASCIIString());
        if (uri.getHost() == null || uri.getPort() > LAST_PORT || uri.getPort() == 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "an address needs a host, by name or number, and a port of 1 to 65535 if any: %s",
                            shown(uri));
        }
        return new SourceAddress(uri, scheme.equals("https"));
    }

    /**
     * Returns where a redirect leads.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if that is no address that may be gone to from here
     */
    SourceAddress redirectedTo(Optional<String> location) {
        SourceAddress next;
        try {
            URI there = new URI(location.filter(text -> !text.isEmpty()).orElseThrow(() -> refused("nowhere", this)));
            URI base = uri.getRawPath().isEmpty() ? uri.resolve("/") : uri;
            next = of(base.resolve(there));
        } catch (URISyntaxException e) {
            throw refused("something that is no address", this); // its cause would show it
        } catch (DriverException e) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .causedBy(e)
                    .message("%s redirects to where it may not: %s", this, String.valueOf(e.getMessage()));
        }
        if (secure && !next.secure) {
            throw refused("http://, where anybody could change the bytes and see who asks", this);
        }
        return next;
    }

    private static DriverException refused(String what, SourceAddress from) {
        return DriverException.because(Failure.INVALID_REQUEST).message("%s redirects to %s", from, what);
    }

    boolean isSecure() {
        return secure;
    }

    /** Returns the host for the system's resolver and for certificates: an IPv6 address without its brackets. */
    String host() {
        String host = uri.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    int port() {
        if (uri.getPort() >= 0) {
            return uri.getPort();
        }
        return secure ? HTTPS_PORT : HTTP_PORT;
    }

    /** Returns what goes into the header {@code Host}. */
    String authority() {
        return uri.getPort() >= 0 ? uri.getHost() + ":" + uri.getPort() : uri.getHost();
    }

    /** Returns what goes into the request line; never a fragment. */
    String target() {
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    }

    /** Returns it for people, without its query. */
    @Override
    public String toString() {
        return shown(uri);
    }

    private static String shown(URI uri) {
        String query = uri.getRawQuery() == null ? "" : "?...";
        return uri.getScheme() + "://" + uri.getRawAuthority() + uri.getRawPath() + query;
    }
}
