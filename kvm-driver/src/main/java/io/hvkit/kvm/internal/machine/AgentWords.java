package io.hvkit.kvm.internal.machine;

import io.hvkit.hypervisor.spi.GuestAddress;
import io.hvkit.hypervisor.spi.GuestFacts;
import io.hvkit.hypervisor.spi.GuestSystem;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.kvm.internal.libvirt.TypedValues;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads what a guest says of itself. It may lie, and say much: long texts are cut, and what is none of its kind is left out. */
final class AgentWords {

    private static final int LONGEST_TEXT = 256;
    private static final int MOST_INTERFACES = 64;
    private static final int MOST_ADDRESSES = 64;
    private static final int MOST_FILE_SYSTEMS = 4096;
    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;
    private static final Pattern IPV4 = Pattern.compile("(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\\.(?!$)|$)){4}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    private AgentWords() {}

    static GuestFacts facts(TypedValues values) {
        return new GuestFacts(
                text(values, "hostname"),
                new GuestSystem(
                        text(values, "os.id"),
                        text(values, "os.pretty-name").or(() -> text(values, "os.name")),
                        text(values, "os.version-id"),
                        text(values, "os.kernel-release")),
                addresses(values));
    }

    /** Returns words as they can be shown: no controls, and not too many. */
    static String shortened(String words) {
        String shown = words.length() > LONGEST_TEXT ? words.substring(0, LONGEST_TEXT) : words;
        return shown.replaceAll("\\p{Cntrl}", "?");
    }

    /** Returns how many file systems there are; what is mounted in several places is one. */
    static int fileSystems(TypedValues values) {
        Set<String> names = new HashSet<>();
        for (long i = 0; i < Math.min(values.count("fs.count").orElse(0), MOST_FILE_SYSTEMS); i++) {
            String at = "fs." + i + ".name";
            names.add(values.text(at).orElse(at));
        }
        return names.size();
    }

    private static List<GuestAddress> addresses(TypedValues values) {
        List<GuestAddress> addresses = new ArrayList<>();
        for (long i = 0; i < Math.min(values.count("if.count").orElse(0), MOST_INTERFACES); i++) {
            String name = "if." + i + ".";
            for (long j = 0; j < Math.min(values.count(name + "addr.count").orElse(0), MOST_ADDRESSES); j++) {
                address(values, name, name + "addr." + j + ".").ifPresent(addresses::add);
            }
        }
        return addresses;
    }

    private static Optional<GuestAddress> address(TypedValues values, String card, String name) {
        Optional<InetAddress> address = values.text(name + "addr").flatMap(AgentWords::literal);
        long prefix = values.count(name + "prefix").orElse(-1);
        return address.filter(known -> prefix >= 0 && prefix <= bits(known))
                .map(known -> new GuestAddress(
                        values.text(card + "hwaddr").flatMap(AgentWords::mac),
                        text(values, card + "name").orElse(""),
                        known,
                        (int) prefix));
    }

    private static int bits(InetAddress address) {
        return address.getAddress().length == IPV4_BITS / Byte.SIZE ? IPV4_BITS : IPV6_BITS;
    }

    /** No name is ever looked up because a guest says it. */
    private static Optional<InetAddress> literal(String text) {
        if (text.length() > LONGEST_TEXT
                || !(IPV4.matcher(text).matches() || IPV6.matcher(text).matches())) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(text));
        } catch (UnknownHostException e) {
            return Optional.empty(); // it only looks like an address
        }
    }

    private static Optional<MacAddress> mac(String text) {
        try {
            return Optional.of(new MacAddress(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> text(TypedValues values, String name) {
        return values.text(name).map(AgentWords::shortened).filter(text -> !text.isBlank());
    }
}
