package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.powerflex.simulator.SimulatorSettings.Transport;
import io.hvkit.powerflex.simulator.control.GatewayVersion;
import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.control.Timing;
import io.hvkit.powerflex.simulator.internal.array.ArrayState;
import io.hvkit.powerflex.simulator.internal.array.Backing;
import io.hvkit.powerflex.simulator.internal.array.Mapping;
import io.hvkit.powerflex.simulator.internal.array.Mappings.Sharing;
import io.hvkit.powerflex.simulator.internal.array.Memory;
import io.hvkit.powerflex.simulator.internal.array.MigrationStatus;
import io.hvkit.powerflex.simulator.internal.array.Migrations;
import io.hvkit.powerflex.simulator.internal.array.Removals;
import io.hvkit.powerflex.simulator.internal.array.Sdc;
import io.hvkit.powerflex.simulator.internal.array.SimulatedArray;
import io.hvkit.powerflex.simulator.internal.array.Snapshots.Wish;
import io.hvkit.powerflex.simulator.internal.array.StoragePool;
import io.hvkit.powerflex.simulator.internal.array.Volume;
import io.hvkit.powerflex.simulator.internal.array.VolumeKind;
import io.hvkit.powerflex.simulator.internal.device.Devices;
import io.hvkit.powerflex.simulator.internal.device.Hosts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process leaves that is killed between any two writes is what was before the request, or what is after it. */
class CrashIT {

    private static final String NAME = "powerflex1";
    private static final long KB = 1024;

    @TempDir
    Path folder;

    private final List<Leftover> leftovers = new ArrayList<>();
    private final SimulatorClock clock = SimulatorClock.stopped();
    private Path home;
    private SimulatedArray array;

    /** A copy of the folder as it was at one moment of a request, and how many requests had ended by then. */
    private record Leftover(Path folder, int ended, String moment) {}

    /** Does what it should, and copies the folder before and after it. */
    private final class Watched implements Backing, Memory {

        private final Devices devices;
        private final MemoryFile file;

        Watched(Devices devices, MemoryFile file) {
            this.devices = devices;
            this.file = file;
        }

        private void around(String what, Runnable work) {
            keepCopy("before " + what);
            work.run();
            keepCopy("after " + what);
        }

        @Override
        public Map<Long, Long> recover(Map<Long, Long> bytes) {
            return devices.recover(bytes);
        }

        @Override
        public void create(long volume, long bytes) {
            around("create", () -> devices.create(volume, bytes));
        }

        @Override
        public void copy(long source, long target) {
            around("copy", () -> devices.copy(source, target));
        }

        @Override
        public void overwrite(long source, long target, long bytes) {
            around("overwrite", () -> devices.overwrite(source, target, bytes));
        }

        @Override
        public void grow(long volume, long bytes) {
            around("grow", () -> devices.grow(volume, bytes));
        }

        @Override
        public void delete(long volume) {
            around("delete", () -> devices.delete(volume));
        }

        @Override
        public Map<Long, Long> allocated() {
            return devices.allocated();
        }

        @Override
        public void mapped(long volume, Mapping mapping) {
            around("mapped", () -> devices.mapped(volume, mapping));
        }

        @Override
        public void unmapped(long volume, Sdc sdc) {
            around("unmapped", () -> devices.unmapped(volume, sdc));
        }

        @Override
        public Optional<ArrayState> last() {
            return file.last();
        }

        @Override
        public void keep(ArrayState state) {
            around("keep", () -> file.keep(state));
        }

        @Override
        public boolean isKept() {
            return true;
        }
    }

    private final List<ArrayState> states = new ArrayList<>();

    private void keepCopy(String moment) {
        try {
            Path copy = folder.resolve("at-" + leftovers.size());
            Programs.run("cp", "--archive", "--sparse=always", home.toString(), copy.toString());
            leftovers.add(new Leftover(copy, states.size(), moment));
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static ArrayState stateIn(Path home) {
        return MemoryFile.at(home.resolve("arrays").resolve(NAME + ".json"))
                .last()
                .orElseThrow();
    }

    private void request(Runnable work) {
        array.run(work);
        states.add(stateIn(home));
    }

    private SimulatorSettings settings(Path directory) {
        return SimulatorSettings.usual()
                .over(Transport.HTTP)
                .time(clock, Timing.usual())
                .host("host1")
                .directory(directory);
    }

    /** Makes an array on a folder that a simulator has been in before, so that pools and hosts are there. */
    @BeforeEach
    void begin() {
        home = folder.resolve("home");
        PowerFlexSimulator.start(settings(home)).close();
        Hosts hosts = new Hosts(home.resolve("hosts"));
        hosts.add("host1", SimulatedHost.guidOf("host1"));
        Path volumes = home.resolve("systems").resolve(NAME);
        Devices devices =
                new Devices(SimulatedArray.idOf(NAME), home, volumes, hosts, Devices.Kind.FILES, clock, Timing.usual());
        MemoryFile memory = MemoryFile.at(home.resolve("arrays").resolve(NAME + ".json"));
        SimulatedArray.Nature nature =
                new SimulatedArray.Nature(NAME, GatewayVersion.V4_5, List.of("192.168.20.11"), clock, Timing.usual());
        Watched watched = new Watched(devices, memory);
        array = new SimulatedArray(nature, watched, watched);
        states.add(stateIn(home));
    }

    private Volume volume(String name) {
        return array.inventory().volumeNamed(name);
    }

    private StoragePool pool(String name) {
        return array.inventory().pools().stream()
                .filter(pool -> pool.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void create(String name) {
        request(() -> array.volumes().create(pool("pool1"), Optional.of(name), VolumeKind.THIN, 8L << 20));
    }

    private void pass(Duration time) {
        clock.advance(time);
        array.pass();
        states.add(stateIn(home));
    }

    private void doEverything() {
        Sdc sdc = array.inventory().sdcs().iterator().next();
        create("one");
        create("two");
        request(() -> array.snapshots()
                .take(
                        List.of(
                                new Wish(volume("one"), Optional.of("one-s")),
                                new Wish(volume("two"), Optional.of("two-s"))),
                        "ReadWrite",
                        Duration.ZERO));
        request(() -> array.volumes().grow(volume("one"), 16));
        request(() -> array.mappings().map(volume("one"), sdc, Sharing.ALONE, "ReadWrite"));
        request(() -> array.mappings().limit(volume("one"), sdc, OptionalInt.of(20), OptionalLong.empty()));
        request(() -> array.snapshots().overwrite(volume("two"), volume("two-s")));
        request(() -> array.volumes().rename(volume("two"), "zwei"));
        Migrations.Manner manner = new Migrations.Manner("NoConversion", false, false);
        request(() -> array.migrations().migrate(volume("one").tree(), pool("pool2"), manner));
        pass(Duration.ofMillis(200));
        request(() -> array.migrations().pause(volume("one").tree(), MigrationStatus.GRACEFULLY_PAUSING));
        pass(Duration.ofMillis(500));
        request(() -> array.migrations().resume(volume("one").tree()));
        pass(Duration.ofSeconds(2));
        request(() -> array.mappings().unmap(volume("one"), sdc));
        request(() -> array.removals().remove(volume("one"), Removals.Mode.WHOLE_VTREE));
        pass(Duration.ofMillis(50));
    }

    @Test
    void a_kill_between_any_two_writes_leaves_the_state_before_or_after_the_request() throws Exception {
        doEverything();
        assertThat(leftovers).hasSizeGreaterThan(50);
        int undone = 0;
        for (Leftover leftover : leftovers) {
            String where = leftover.moment + " of request " + leftover.ended;
            PowerFlexSimulator.start(settings(leftover.folder)).close();
            ArrayState found = stateIn(leftover.folder);
            ArrayState before = states.get(leftover.ended - 1);
            ArrayState after = states.get(Math.min(leftover.ended, states.size() - 1));
            assertThat(isOneOf(found, before, after)).as(where + ": " + found).isTrue();
            assertThat(files(leftover.folder)).as(where).isEqualTo(volumes(found));
            undone += found.isButForTheClock(before) ? 1 : 0;
        }
        assertThat(undone).as("requests that nobody was told of").isBetween(10, leftovers.size() - 10);
    }

    /** The clock has gone on meanwhile, so what is under way may have come further than either. */
    private static boolean isOneOf(ArrayState found, ArrayState before, ArrayState after) {
        return found.isButForTheClock(before)
                || found.isButForTheClock(after)
                || settled(found).equals(settled(before))
                || settled(found).equals(settled(after));
    }

    /** Returns what does not change by waiting alone. */
    private static List<String> settled(ArrayState state) {
        return state.volumes().stream()
                .filter(volume -> volume.goneAt() == null)
                .map(volume -> volume.id() + volume.name() + volume.sizeKb() + volume.ancestor() + volume.mappings())
                .toList();
    }

    private static List<String> volumes(ArrayState state) {
        return state.volumes().stream()
                .filter(volume -> volume.goneAt() == null)
                .map(volume -> volume.id() + " " + volume.sizeKb() * KB)
                .sorted()
                .toList();
    }

    private static List<String> files(Path home) throws IOException {
        try (Stream<Path> all = Files.walk(home.resolve("systems"))) {
            List<String> found = new ArrayList<>();
            for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
                found.add(file.getFileName() + " " + Files.size(file));
            }
            return found;
        }
    }

    @Test
    void content_that_was_to_be_overwritten_is_the_old_or_the_new_one_and_never_half_of_it() throws Exception {
        Path directory = folder.resolve("overwritten");
        PowerFlexSimulator simulator = PowerFlexSimulator.start(settings(directory));
        Client client = Client.loggedIn(simulator, simulator.system());
        String id = client.create("one");
        Path content = simulator.system().contentOf(id);
        simulator.close();
        Path incoming = content.resolveSibling("incoming");
        write(content, 1);
        write(incoming.resolve("." + id), 2);
        restartAndRead(directory, content, 1);
        assertThat(incoming).isEmptyDirectory();
        write(incoming.resolve(id), 2);
        write(incoming.resolve("00000000000000ff"), 3);
        Files.write(content, new byte[0]);
        restartAndRead(directory, content, 2);
        assertThat(incoming).isEmptyDirectory();
    }

    private static void write(Path file, int pattern) throws Exception {
        if (!Files.exists(file)) {
            Programs.run("truncate", "--size=8G", file.toString());
        }
        Programs.run("qemu-io", "-f", "raw", "-c", "write -P " + pattern + " 1G 64k", file.toString());
    }

    private void restartAndRead(Path directory, Path content, int pattern) throws Exception {
        PowerFlexSimulator.start(settings(directory)).close();
        assertThat(content).hasSize(8L << 30);
        assertThat(Programs.run("qemu-io", "-f", "raw", "-c", "read -P " + pattern + " 1G 64k", content.toString()))
                .doesNotContain("verification failed");
    }
}
