package io.hvkit.kvm.internal.xml;

import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.NicModel;
import java.util.Locale;
import java.util.Optional;

/** A network card in a domain's description. */
public final class NicXml {

    private NicXml() {}

    /** Returns the description of one card, as libvirt takes it for a domain that exists. */
    public static String document(Nic nic) {
        Xml xml = Xml.root("interface");
        fill(xml, nic);
        return xml.document();
    }

    static Xml write(Xml devices, Nic nic) {
        Xml xml = devices.add("interface");
        fill(xml, nic);
        return xml;
    }

    /** Reads a card; nothing if it is of a kind that no request has. */
    static Optional<Nic> read(Xml xml) {
        Optional<Nic> nic = xml.attribute("type").flatMap(type -> switch (type) {
            case "network" ->
                xml.find("source")
                        .flatMap(s -> s.attribute("network"))
                        .flatMap(name -> Foreign.value(() -> Nic.onNetwork(name)));
            case "bridge" ->
                xml.find("source")
                        .flatMap(s -> s.attribute("bridge"))
                        .flatMap(name -> Foreign.value(() -> Nic.onBridge(name)));
            default -> Optional.<Nic>empty();
        });
        Optional<Nic> addressed = nic.map(card -> xml.find("mac")
                .flatMap(mac -> mac.attribute("address"))
                .flatMap(address -> Foreign.value(() -> new MacAddress(address)))
                .map(card::addressed)
                .orElse(card));
        return addressed.map(card -> xml.find("model")
                .flatMap(model -> model.attribute("type"))
                .filter(name(NicModel.E1000E)::equals)
                .map(found -> card.model(NicModel.E1000E))
                .orElse(card));
    }

    /** Returns whether a card is what a request asks for; one without an address may have any. */
    static boolean matches(Nic asked, Nic found) {
        return asked.link() == found.link()
                && asked.name().equals(found.name())
                && asked.model() == found.model()
                && (asked.address().isEmpty() || asked.address().equals(found.address()));
    }

    private static void fill(Xml xml, Nic nic) {
        xml.with("type", nic.link().name().toLowerCase(Locale.ROOT));
        nic.address().ifPresent(address -> xml.add("mac").with("address", address.value()));
        xml.add("source").with(nic.link().name().toLowerCase(Locale.ROOT), nic.name());
        xml.add("model").with("type", name(nic.model()));
    }

    private static String name(NicModel model) {
        return model.name().toLowerCase(Locale.ROOT);
    }
}
