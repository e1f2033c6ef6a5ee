package io.hvkit.kvm.internal.xml;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.kvm.internal.seed.SeedReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A host's description of itself, read. */
public final class HostXml {

    private static final Pattern NUMBERS = Pattern.compile("\\+(\\d+):\\+(\\d+)");

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
     * Returns the user that libvirt runs QEMU as, if it says so.
     *
     * @param capabilities what libvirt says of the host
     */
    public static Optional<SeedReader> emulator(String capabilities) {
        return Xml.parse(capabilities).find("host").stream()
                .flatMap(host -> host.children("secmodel").stream())
                .filter(model -> model.find("model")
                        .filter(name -> name.text().equals("dac"))
                        .isPresent())
                .flatMap(model -> model.children("baselabel").stream())
                .flatMap(label -> numbers(label.text()).stream())
                .findFirst();
    }

    /** Reads {@code +user:+group}; names, which libvirt does not write there, tell nothing here. */
    private static Optional<SeedReader> numbers(String label) {
        Matcher numbers = NUMBERS.matcher(label);
        return numbers.matches()
                ? Foreign.value(
                        () -> new SeedReader(Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2))))
                : Optional.empty();
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
