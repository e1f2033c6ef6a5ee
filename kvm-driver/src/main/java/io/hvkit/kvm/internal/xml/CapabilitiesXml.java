package io.hvkit.kvm.internal.xml;

/** What libvirt says that a host can do. */
public final class CapabilitiesXml {

    private final Xml capabilities;

    private CapabilitiesXml(Xml capabilities) {
        this.capabilities = capabilities;
    }

    /** Reads it. */
    public static CapabilitiesXml read(String text) {
        return new CapabilitiesXml(Xml.parse(text));
    }

    /** Returns whether the host's processor can run guests of its own kind by itself, as far as libvirt knows. */
    public boolean hasKvm() {
        String own = capabilities.find("host", "cpu", "arch").map(Xml::text).orElse("");
        return capabilities.children("guest").stream()
                .flatMap(guest -> guest.children("arch").stream())
                .filter(arch -> arch.attribute("name").filter(own::equals).isPresent())
                .flatMap(arch -> arch.children("domain").stream())
                .anyMatch(
                        domain -> domain.attribute("type").filter("kvm"::equals).isPresent());
    }
}
