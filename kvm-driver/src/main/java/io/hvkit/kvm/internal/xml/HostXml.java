package io.hvkit.kvm.internal.xml;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** A host's description of itself, read. */
public final class HostXml {

    private HostXml() {}

    /**
     * Returns letters and digits that tell one libvirt host from others: of another machine, or of another user of this one.
     *
     * @param capabilities what libvirt says of the host
     * @param uri libvirt's
     */
    public static String key(String capabilities, URI uri) {
        String id = Xml.parse(capabilities).find("host", "uuid").map(Xml::text).orElse("");
        String name = id + "\0" + uri.getPath();
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8))
                .toString()
                .replace("-", "");
    }

    /**
     * Returns the id that libvirt gives a host; machines do not move between two that have the same.
     *
     * @param capabilities what libvirt says of the host
     */
    public static UUID id(String capabilities) {
        return Xml.parse(capabilities)
                .find("host", "uuid")
                .flatMap(id -> Foreign.value(() -> UUID.fromString(id.text())))
                .orElseThrow(() ->
                        DriverException.because(Failure.DEFECT).message("libvirt does not say which host it is on"));
    }
}
