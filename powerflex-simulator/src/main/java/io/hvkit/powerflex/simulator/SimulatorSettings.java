package io.hvkit.powerflex.simulator;

import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.control.Timing;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What is simulated. Immutable. */
public final class SimulatorSettings {

    /** How hosts see volumes. */
    public enum Devices {
        /** The links lead to files with holes. */
        FILES,
        /** The links lead to loop devices, which takes root. */
        LOOP_DEVICES
    }

    /** How gateways are spoken to. */
    public enum Transport {
        /** With a certificate that is made at the start and vouches for itself. */
        HTTPS,
        /** Without. */
        HTTP
    }

    record Fields(
            List<SystemSettings> systems,
            List<String> hosts,
            Optional<Path> directory,
            int port,
            Transport transport,
            Devices devices,
            SimulatorClock clock,
            Timing timing) {}

    private final Fields fields;

    private SimulatorSettings(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns what is usual: HTTPS on a free port; files in a temporary folder; a clock that runs; the system {@code powerflex1}
     * and the hosts {@code host1} and {@code host2}, unless others are named.
     */
    public static SimulatorSettings usual() {
        return new SimulatorSettings(new Fields(
                List.of(),
                List.of(),
                Optional.empty(),
                0,
                Transport.HTTPS,
                Devices.FILES,
                SimulatorClock.running(),
                Timing.usual()));
    }

    /** Returns these settings with one more system. */
    public SimulatorSettings system(SystemSettings system) {
        List<SystemSettings> more =
                Stream.concat(fields.systems.stream(), Stream.of(system)).toList();
        return new SimulatorSettings(new Fields(
                more,
                fields.hosts,
                fields.directory,
                fields.port,
                fields.transport,
                fields.devices,
                fields.clock,
                fields.timing));
    }

    /** Returns these settings with one more host, which all systems know. */
    public SimulatorSettings host(String name) {
        if (!name.matches("[A-Za-z0-9._-]{1,63}")) {
            throw new IllegalArgumentException(
                    "a host is named by letters, digits, points, dashes and underscores, not '" + name + "'");
        }
        List<String> more =
                Stream.concat(fields.hosts.stream(), Stream.of(name)).toList();
        return new SimulatorSettings(new Fields(
                fields.systems,
                more,
                fields.directory,
                fields.port,
                fields.transport,
                fields.devices,
                fields.clock,
                fields.timing));
    }

    /** Returns these settings with everything below a folder that stays, with the volumes' files. */
    public SimulatorSettings directory(Path folder) {
        return new SimulatorSettings(new Fields(
                fields.systems,
                fields.hosts,
                Optional.of(folder),
                fields.port,
                fields.transport,
                fields.devices,
                fields.clock,
                fields.timing));
    }

    /** Returns these settings with the first gateway on that port, and each further one on the next; 0: on free ones. */
    public SimulatorSettings port(int first) {
        return new SimulatorSettings(new Fields(
                fields.systems,
                fields.hosts,
                fields.directory,
                first,
                fields.transport,
                fields.devices,
                fields.clock,
                fields.timing));
    }

    /** Returns these settings over another transport. */
    public SimulatorSettings over(Transport transport) {
        return new SimulatorSettings(new Fields(
                fields.systems,
                fields.hosts,
                fields.directory,
                fields.port,
                transport,
                fields.devices,
                fields.clock,
                fields.timing));
    }

    /** Returns these settings with other devices. */
    public SimulatorSettings devices(Devices devices) {
        return new SimulatorSettings(new Fields(
                fields.systems,
                fields.hosts,
                fields.directory,
                fields.port,
                fields.transport,
                devices,
                fields.clock,
                fields.timing));
    }

    /** Returns these settings with another clock, and things that take another time by it. */
    public SimulatorSettings time(SimulatorClock clock, Timing timing) {
        return new SimulatorSettings(new Fields(
                fields.systems,
                fields.hosts,
                fields.directory,
                fields.port,
                fields.transport,
                fields.devices,
                clock,
                timing));
    }

    Fields fields() {
        return fields;
    }

    List<SystemSettings> systems() {
        return fields.systems.isEmpty() ? List.of(SystemSettings.named("powerflex1")) : fields.systems;
    }

    List<String> hosts() {
        return fields.hosts.isEmpty() ? List.of("host1", "host2") : fields.hosts;
    }
}
