package io.hvkit.hypervisor.spi;

import java.util.Optional;
import java.util.regex.Pattern;

/** A network card of a machine. Without more words it is virtio's, and the host chooses its address. Immutable. */
public final class Nic {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.:-]{0,62}");

    /** What a card is connected to. */
    public enum Link {
        /** A network that the hypervisor keeps. */
        NETWORK,
        /** A bridge of the host. */
        BRIDGE
    }

    private record Fields(Link link, String name, Optional<MacAddress> address, NicModel model) {}

    private final Fields fields;

    private Nic(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a card in a network that the hypervisor keeps.
     *
     * @throws IllegalArgumentException if that is no name
     */
    public static Nic onNetwork(String name) {
        return of(Link.NETWORK, name);
    }

    /**
     * Returns a card on a bridge of the host.
     *
     * @throws IllegalArgumentException if that is no name
     */
    public static Nic onBridge(String name) {
        return of(Link.BRIDGE, name);
    }

    /** Returns this card with an address. */
    public Nic addressed(MacAddress address) {
        return new Nic(new Fields(fields.link, fields.name, Optional.of(address), fields.model));
    }

    /** Returns this card as another one. */
    public Nic model(NicModel model) {
        return new Nic(new Fields(fields.link, fields.name, fields.address, model));
    }

    /** Returns what it is connected to. */
    public Link link() {
        return fields.link;
    }

    /** Returns the name of what it is connected to. */
    public String name() {
        return fields.name;
    }

    /** Returns its address; nothing if the host is to choose. */
    public Optional<MacAddress> address() {
        return fields.address;
    }

    /** Returns what the guest takes it for. */
    public NicModel model() {
        return fields.model;
    }

    private static Nic of(Link link, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("no name of a network or bridge: '" + name + "'");
        }
        return new Nic(new Fields(link, name, Optional.empty(), NicModel.VIRTIO));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Nic that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "Nic" + fields;
    }
}
