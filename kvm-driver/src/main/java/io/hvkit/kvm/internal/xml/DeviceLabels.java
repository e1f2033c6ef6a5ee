package io.hvkit.kvm.internal.xml;

import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.MacAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which of a domain's devices is what: libvirt measures disks by path and network cards by the host's side of them.
 *
 * @param volumes which volume is at which path
 * @param cards which card is behind which interface of the host
 * @param nameless the paths and interfaces of devices that are nobody's we know
 */
public record DeviceLabels(Map<String, VolumeId> volumes, Map<String, MacAddress> cards, Set<String> nameless) {

    /** Copies what it is given. */
    public DeviceLabels {
        volumes = Map.copyOf(volumes);
        cards = Map.copyOf(cards);
        nameless = Set.copyOf(nameless);
    }

    /** Reads them from a domain's description. */
    public static DeviceLabels read(String text) {
        Xml domain = Xml.parse(text);
        Map<String, VolumeId> volumes = new HashMap<>();
        MachineMetadata.read(domain).volumes().forEach((place, volume) -> volumes.put(place.path(), volume));
        Map<String, MacAddress> cards = new HashMap<>();
        Set<String> nameless = new HashSet<>();
        domain.find("devices").ifPresent(devices -> {
            devices.children("interface").forEach(card -> add(card, cards, nameless));
            devices.children("disk")
                    .forEach(disk -> Stream.of("file", "dev")
                            .flatMap(kind -> disk.find("source").flatMap(source -> source.attribute(kind)).stream())
                            .forEach(nameless::add));
        });
        nameless.removeAll(volumes.keySet());
        return new DeviceLabels(volumes, cards, nameless);
    }

    /** Returns whether there is nothing to be learnt about devices of these paths and interfaces by reading again. */
    public boolean cover(Set<String> names) {
        return names.stream()
                .allMatch(name -> volumes.containsKey(name) || cards.containsKey(name) || nameless.contains(name));
    }

    private static void add(Xml card, Map<String, MacAddress> cards, Set<String> nameless) {
        Optional<String> target = card.find("target").flatMap(t -> t.attribute("dev"));
        Optional<MacAddress> address = card.find("mac")
                .flatMap(mac -> mac.attribute("address"))
                .flatMap(text -> Foreign.value(() -> new MacAddress(text)));
        if (target.isPresent() && address.isPresent()) {
            cards.put(target.get(), address.get());
        } else {
            target.ifPresent(nameless::add);
        }
    }
}
