package io.hvkit.powerflex.simulator;

import io.hvkit.powerflex.simulator.internal.device.Hosts;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.UUID;

/** A host that systems map volumes to. Any thread may use it. */
public final class SimulatedHost {

    private final String name;
    private final String ip;
    private final Hosts hosts;

    SimulatedHost(String name, String ip, Hosts hosts) {
        this.name = name;
        this.ip = ip;
        this.hosts = hosts;
    }

    static String guidOf(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8))
                .toString()
                .toUpperCase(Locale.ROOT);
    }

    /** Returns its name, which no array knows. */
    public String name() {
        return name;
    }

    /** Returns the GUID of its client, in upper case; it follows from the name. */
    public String guid() {
        return guidOf(name);
    }

    /** Returns the address by which arrays know it. */
    public String ip() {
        return ip;
    }

    /** Returns the folder that stands for its {@code /dev/disk/by-id}. */
    public Path deviceFolder() {
        return hosts.devices(name);
    }

    /** Returns its {@code drv_cfg}, which can be run. */
    public Path drvCfg() {
        return hosts.drvCfg(name);
    }
}
