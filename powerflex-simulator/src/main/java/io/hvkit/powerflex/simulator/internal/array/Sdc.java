package io.hvkit.powerflex.simulator.internal.array;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A host as an array knows it. */
public final class Sdc {

    private final long id;
    private final String host;
    private final String guid;
    private final String ip;
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
