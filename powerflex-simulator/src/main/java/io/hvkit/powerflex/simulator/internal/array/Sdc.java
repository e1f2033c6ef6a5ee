package io.hvkit.powerflex.simulator.internal.array;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A host as an array knows it. */
public final class Sdc {

    private final long id;
    private final String host;
    private final String guid;
    private String ip;
    private @Nullable String name;
    private boolean connected = true;
    private boolean approved;
    private String profile = "HighPerformance";

    Sdc(long id, String host, String guid, String ip) {
        this.id = id;
        this.host = host;
        this.guid = guid;
        this.ip = ip;
    }

    static Sdc of(ArrayState.Host state) {
        Sdc sdc = new Sdc(Ids.parse(state.id()), state.host(), state.guid(), state.ip());
        sdc.name = state.name();
        sdc.connected = state.connected();
        sdc.approved = state.approved();
        sdc.profile = state.profile();
        return sdc;
    }

    public long id() {
        return id;
    }

    /** Returns the name of the host itself, which the array does not know. */
    public String host() {
        return host;
    }

    public String guid() {
        return guid;
    }

    public String ip() {
        return ip;
    }

    public Optional<String> name() {
        return Optional.ofNullable(name);
    }

    public boolean isConnected() {
        return connected;
    }

    public boolean isApproved() {
        return approved;
    }

    public String profile() {
        return profile;
    }

    void rename(String newName) {
        name = newName;
    }

    void moveTo(String address) {
        ip = address;
    }

    void connect() {
        connected = true;
    }

    void disconnect() {
        connected = false;
    }

    void approve() {
        approved = true;
    }

    void tune(String newProfile) {
        profile = newProfile;
    }
}
