package io.hvkit.hypervisor.spi;

import io.hvkit.core.Incubating;
import io.hvkit.core.internal.Json;
import io.hvkit.core.internal.Names;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** How a guest sets up one network card, which it finds by its address. Immutable. */
@Incubating(since = "0.1")
public final class NicConfig {

    /** How a card gets an address by itself. */
    private enum Dhcp {
        IPV4("dhcp4"),
        IPV6("dhcp6");

        private final String key;

        Dhcp(String key) {
            this.key = key;
        }
    }

    /** Digits and dots, or hexadecimal digits with a colon: what needs no name server. */
    private static final Pattern LITERAL = Pattern.compile("[0-9]+(\\.[0-9]+){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*");

    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;

    private record Route(String to, String via) {}

    private record Fields(
            MacAddress address,
            List<Dhcp> dhcp,
            List<String> addresses,
            List<Route> routes,
            List<String> nameServers) {}

    private final Fields fields;

    private NicConfig(Fields fields) {
        this.fields = fields;
    }

    /** Returns a configuration that gives the card with this address nothing. */
    public static NicConfig of(MacAddress address) {
        return new NicConfig(new Fields(address, List.of(), List.of(), List.of(), List.of()));
    }

    /** Returns this with an IPv4 address by DHCP. */
    public NicConfig dhcp4() {
        return dhcp(Dhcp.IPV4);
    }

    /** Returns this with an IPv6 address by DHCP. */
    public NicConfig dhcp6() {
        return dhcp(Dhcp.IPV6);
    }

    /**
     * Returns this with one more address.
     *
     * @param cidr an IP address and the length of its network's prefix, such as {@code 192.0.2.5/24} or {@code 2001:db8::5/64}
     * @throws IllegalArgumentException if it is not such
     */
    public NicConfig address(String cidr) {
        return new NicConfig(new Fields(
                fields.address, fields.dhcp, more(fields.addresses, network(cidr)), fields.routes, fields.nameServers));
    }

    /**
     * Returns this with one more route.
     *
     * @param to a network, such as {@code 0.0.0.0/0} for all of IPv4
     * @param via the gateway's IP address
     * @throws IllegalArgumentException if either is not such
     */
    public NicConfig route(String to, String via) {
        Route route = new Route(network(to), ip(via));
        return new NicConfig(new Fields(
                fields.address, fields.dhcp, fields.addresses, more(fields.routes, route), fields.nameServers));
    }

    /**
     * Returns this with one more name server.
     *
     * @throws IllegalArgumentException if it is no IP address
     */
    public NicConfig nameServer(String server) {
        return new NicConfig(new Fields(
                fields.address, fields.dhcp, fields.addresses, fields.routes, more(fields.nameServers, ip(server))));
    }

    /** Returns the card's address. */
    public MacAddress address() {
        return fields.address;
    }

    String text() {
        List<String> parts = new ArrayList<>();
        parts.add("\"match\": {\"macaddress\": " + Json.quoted(fields.address.value()) + "}");
        fields.dhcp.forEach(dhcp -> parts.add("\"" + dhcp.key + "\": true"));
        if (!fields.addresses.isEmpty()) {
            parts.add("\"addresses\": " + array(fields.addresses));
        }
        if (!fields.routes.isEmpty()) {
            parts.add(fields.routes.stream()
                    .map(route -> "{\"to\": " + Json.quoted(route.to) + ", \"via\": " + Json.quoted(route.via) + "}")
                    .collect(Collectors.joining(", ", "\"routes\": [", "]")));
        }
        if (!fields.nameServers.isEmpty()) {
            parts.add("\"nameservers\": {\"addresses\": " + array(fields.nameServers) + "}");
        }
        return parts.stream().collect(Collectors.joining(", ", "{", "}"));
    }

    private NicConfig dhcp(Dhcp kind) {
        return fields.dhcp.contains(kind)
                ? this
                : new NicConfig(new Fields(
                        fields.address,
                        more(fields.dhcp, kind).stream().sorted().toList(),
                        fields.addresses,
                        fields.routes,
                        fields.nameServers));
    }

    private static String array(List<String> texts) {
        return texts.stream().map(Json::quoted).collect(Collectors.joining(", ", "[", "]"));
    }

    private static <T> List<T> more(List<T> some, T one) {
        List<T> more = new ArrayList<>(some);
        more.add(one);
        return List.copyOf(more);
    }

    private static String network(String cidr) {
        int slash = cidr.indexOf('/');
        String prefix = slash < 0 ? "" : cidr.substring(slash + 1);
        if (slash < 0 || !prefix.matches("[0-9]{1,3}")) {
            throw new IllegalArgumentException("an address and the length of its prefix, such as 192.0.2.5/24, not '"
                    + Names.printable(cidr) + "'");
        }
        String address = ip(cidr.substring(0, slash));
        int most = address.indexOf(':') < 0 ? IPV4_BITS : IPV6_BITS;
        if (Integer.parseInt(prefix) > most) {
            throw new IllegalArgumentException("a prefix of " + address + " has at most " + most + " bits: " + cidr);
        }
        return address + "/" + prefix;
    }

    private static String ip(String text) {
        try {
            if (LITERAL.matcher(text).matches() && InetAddress.getByName(text).getHostAddress() != null) {
                return text;
            }
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("no IP address: '" + Names.printable(text) + "'", e);
        }
        throw new IllegalArgumentException("no IP address: '" + Names.printable(text) + "'");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NicConfig that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "NicConfig" + fields;
    }
}
