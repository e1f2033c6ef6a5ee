package io.hvkit.hypervisor.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.Support;
import io.hvkit.core.VolumeId;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands between callers and a driver. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class GuardedHypervisorTest {

    private static final HostId HOST = new HostId("h");
    private static final HypervisorType NOTHING = HypervisorType.named("bare", "Bare");
    private static final HypervisorType ALL = NOTHING.offering(everything());
    private static final MachineId MACHINE = new MachineId("m");
    private static final MachineSpec SPEC = MachineSpec.named("m");
    private static final Disk DISK =
            Disk.of(new VolumeId("v"), new Attachment.ImageFile(Path.of("/v")), ImageFormat.QCOW2);

    private final SmallHypervisor small = new SmallHypervisor(HOST);

    @Test
    void what_is_not_offered_is_refused_before_the_driver_sees_it() throws InterruptedException {
        for (HypervisorType type : new HypervisorType[] {NOTHING, ALL}) {
            Hypervisor guarded = open(small, type);
            try (Secret key = Secret.random()) {
                Disk locked = DISK.unlockedBy(key);
                refuses(Failure.UNSUPPORTED, () -> guarded.start(SPEC.with(locked)));
            }
            refuses(Failure.UNSUPPORTED, () -> guarded.start(SPEC.booting(KernelBoot.of(Path.of("/k")))));
            refuses(Failure.UNSUPPORTED, () -> guarded.start(SPEC.serialLog(Path.of("/l"))));
            refuses(Failure.UNSUPPORTED, () -> guarded.start(SPEC.keptAs(Persistence.PERSISTENT)));
            refuses(Failure.UNSUPPORTED, () -> guarded.define(SPEC.keptAs(Persistence.PERSISTENT)));
            refuses(Failure.UNSUPPORTED, () -> guarded.start(MACHINE));
            refuses(Failure.UNSUPPORTED, () -> guarded.start(MACHINE, KeySource.NONE));
            refuses(Failure.UNSUPPORTED, () -> guarded.stop(MACHINE, StopMode.GRACEFUL));
            for (MachineSpec more : List.of(
                    SPEC.platform(Platform.with(Firmware.UEFI)),
                    SPEC.with(DISK.as(DiskDevice.on(DiskBus.SATA))),
                    SPEC.with(Nic.onBridge("br0")),
                    SPEC.bootingFrom(BootSource.NETWORK),
                    SPEC.console(Console.TERMINAL),
                    SPEC.randomness(RandomSource.HOST),
                    SPEC.cloudInit(CloudInit.of("i-1")),
                    SPEC.agentChannel(AgentChannel.PRESENT),
                    SPEC.tagged("a", "b"))) {
                refuses(Failure.UNSUPPORTED, () -> guarded.start(more));
            }
            assertThat(guarded.console(MACHINE)).isEmpty();
            assertThat(guarded.control()).isEmpty();
            assertThat(guarded.hotPlug()).isEmpty();
            assertThat(guarded.liveDiskMigration()).isEmpty();
            assertThat(guarded.statistics()).isEmpty();
            assertThat(guarded.changeTracking()).isEmpty();
            assertThat(guarded.diskBackups()).isEmpty();
            assertThat(guarded.guestAgent()).isEmpty();
            assertThat(guarded.liveMigration()).isEmpty();
            assertThat(guarded.directDownload()).isEmpty();
            assertThat(guarded.hostSnapshots()).isEmpty();
            assertThat(guarded.machineClones()).isEmpty();
            assertThat(guarded.machineRelocation()).isEmpty();
            assertThat(guarded.features().offered()).isEmpty();
        }
        assertThat(small.asked).isEmpty();
    }

    @Test
    void a_refusal_names_the_feature_the_host_and_what_is_offered() throws InterruptedException {
        Hypervisor guarded = open(new Able(Set.of(HypervisorFeature.SERIAL_LOG)), ALL);

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> guarded.stop(MACHINE, StopMode.GRACEFUL))
                .withMessage(
                        "asking the guest to shut down, rather than POWER_OFF, needs GRACEFUL_STOP, which host h does not"
                                + " offer; it offers [SERIAL_LOG]");
    }

    @Test
    void what_both_the_type_and_the_host_offer_reaches_the_driver() throws InterruptedException {
        Able able = new Able(everything().offered());
        Hypervisor guarded = open(able, ALL);

        try (Secret key = Secret.random()) {
            guarded.start(SPEC.with(DISK.unlockedBy(key))
                    .booting(KernelBoot.of(Path.of("/k")))
                    .serialLog(Path.of("/l"))
                    .keptAs(Persistence.PERSISTENT));
        }
        refuses(Failure.INVALID_REQUEST, () -> guarded.define(SPEC));
        refuses(Failure.UNSUPPORTED, () -> guarded.define(SPEC.keptAs(Persistence.PERSISTENT)));
        refuses(Failure.UNSUPPORTED, () -> guarded.start(MACHINE));
        refuses(Failure.UNSUPPORTED, () -> guarded.start(MACHINE, KeySource.NONE));
        guarded.stop(MACHINE, StopMode.GRACEFUL);
        guarded.list();
        assertThat(guarded.find(MACHINE)).isEmpty();
        guarded.forget(MACHINE);
        guarded.keysFrom(KeySource.NONE);
        assertThat(guarded.probe()).isNotNull();
        assertThat(guarded.facts(Duration.ZERO)).isNotNull();
        assertThat(able.asked).containsExactly("start", "stop", "list", "list", "list");
    }

    @ParameterizedTest
    @EnumSource(HypervisorFeature.class)
    void which_types_offer_it_and_may_i_use_it_have_one_answer(HypervisorFeature feature) throws InterruptedException {
        HypervisorType declaring = NOTHING.offering(feature, Support.EMULATED);

        assertThat(open(new Able(everything().offered()), declaring).features().offered())
                .containsExactly(feature);
        assertThat(open(new Able(everything().offered()), declaring).features().of(feature))
                .isEqualTo(Support.EMULATED);
        assertThat(open(new Able(everything().offered()), NOTHING).features().offers(feature))
                .as("the host has it, the type does not declare it")
                .isFalse();
    }

    @Test
    void a_disk_with_a_key_is_no_target_either_where_keys_are_not_offered() throws InterruptedException {
        Able able = new Able(Set.of(HypervisorFeature.LIVE_DISK_MIGRATION)) {
            @Override
            public Optional<LiveDiskMigration> liveDiskMigration() {
                return Optional.of(new NoJobs(asked));
            }
        };
        LiveDiskMigration migration = open(able, ALL).liveDiskMigration().orElseThrow();

        try (Secret key = Secret.random()) {
            DiskMove locked = DiskMove.to(DISK.unlockedBy(key));
            refuses(Failure.UNSUPPORTED, () -> migration.start(MACHINE, DISK.volume(), locked));
        }
        assertThat(able.asked).isEmpty();
        assertThat(migration.find(MACHINE, DISK.volume())).isEmpty();
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> migration.start(MACHINE, DISK.volume(), DiskMove.to(DISK)))
                .withMessageContaining("liveDiskMigration.start returned null");
    }

    @Test
    void a_machine_moves_only_to_a_host_that_takes_it_and_a_driver_meets_its_own_connection()
            throws InterruptedException {
        List<Hypervisor> targets = new ArrayList<>();
        Able mover = new Able(Set.of(HypervisorFeature.LIVE_MIGRATION)) {
            @Override
            public Optional<LiveMigration> liveMigration() {
                return Optional.of(new LiveMigration() {
                    @Override
                    public MachineMoveJob start(MachineId machine, MachineMove move) {
                        targets.add(move.target());
                        return SmallDriver.nothing();
                    }

                    @Override
                    public Optional<MachineMoveJob> find(MachineId machine, Hypervisor target) {
                        targets.add(target);
                        return Optional.empty();
                    }
                });
            }
        };
        LiveMigration migration = open(mover, ALL).liveMigration().orElseThrow();
        Hypervisor taker = open(mover, ALL);

        refuses(Failure.UNSUPPORTED, () -> migration.start(MACHINE, MachineMove.to(open(small, ALL))));
        refuses(Failure.UNSUPPORTED, () -> migration.find(MACHINE, open(small, ALL)));
        try (Secret key = Secret.random()) {
            MachineMove locked = MachineMove.to(taker).moving(DISK.volume(), DISK.unlockedBy(key));
            refuses(Failure.UNSUPPORTED, () -> migration.start(MACHINE, locked));
        }
        assertThat(targets).isEmpty();
        defect(() -> migration.start(MACHINE, MachineMove.to(taker)), "liveMigration.start returned null");
        assertThat(migration.find(MACHINE, taker)).isEmpty();
        assertThat(targets).containsExactly(mover, mover);
    }

    @Test
    void a_feature_without_its_facet_is_a_defect() throws InterruptedException {
        Hypervisor guarded = open(new Able(everything().offered()), ALL);

        defect(guarded::liveDiskMigration, "it offers LIVE_DISK_MIGRATION and has no liveDiskMigration");
        defect(guarded::liveMigration, "it offers LIVE_MIGRATION and has no liveMigration");
        defect(guarded::directDownload, "it offers DIRECT_DOWNLOAD and has no directDownload");
        defect(guarded::hostSnapshots, "it offers HOST_SNAPSHOTS and has no hostSnapshots");
        defect(guarded::machineClones, "it offers MACHINE_CLONES and has no machineClones");
        defect(guarded::machineRelocation, "it offers MACHINE_RELOCATION and has no machineRelocation");
        defect(guarded::consoleTickets, "it offers CONSOLE_TICKETS and has no consoleTickets");
    }

    @ParameterizedTest
    @ValueSource(
            classes = {IllegalStateException.class, NoSuchMethodError.class, AssertionError.class, IOException.class})
    void what_a_driver_throws_against_its_contract_is_told_as_its_defect(Class<? extends Throwable> kind)
            throws Exception {
        Hypervisor guarded = open(new Failing(kind), ALL);

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(guarded::list)
                .withMessageContaining(GuardedHypervisorTest.class.getName())
                .withMessageContaining("broke its contract in list")
                .withCauseInstanceOf(kind)
                .satisfies(e -> {
                    assertThat(e.failure()).isEqualTo(Failure.DEFECT);
                    assertThat(e.effect()).isEqualTo(Effect.UNKNOWN);
                });
    }

    @Test
    void a_failure_of_the_spi_and_an_interruption_pass_as_they_are() throws InterruptedException {
        DriverException full = DriverException.because(Failure.EXHAUSTED).message("full");
        Hypervisor guarded = open(
                new SmallHypervisor(HOST) {
                    @Override
                    public Machine start(MachineSpec spec) {
                        throw full;
                    }

                    @Override
                    public List<Machine> list() throws InterruptedException {
                        throw new InterruptedException("enough");
                    }

                    @Override
                    public void stop(MachineId id, StopMode mode) {
                        throw new OutOfMemoryError("not the driver's fault");
                    }
                },
                ALL);

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> guarded.start(SPEC))
                .isSameAs(full);
        assertThatExceptionOfType(InterruptedException.class).isThrownBy(guarded::list);
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> guarded.stop(MACHINE, StopMode.POWER_OFF));
    }

    @Test
    void null_is_a_defect_wherever_it_comes_from() throws InterruptedException {
        SmallHypervisor empty = new SmallHypervisor(HOST) {
            @Override
            public Machine start(MachineSpec spec) {
                return SmallDriver.nothing();
            }

            @Override
            public Optional<Machine> find(MachineId id) {
                return SmallDriver.nothing();
            }
        };
        Hypervisor guarded = open(empty, ALL);

        defect(() -> guarded.start(SPEC), "start returned null");
        defect(() -> guarded.find(MACHINE), "find returned null");
        defect(() -> open(SmallDriver.nothing(), ALL), "open returned null");
    }

    @Test
    void a_connection_that_cannot_be_used_is_closed() {
        SmallHypervisor broken = new SmallHypervisor(HOST) {
            @Override
            public Features<HypervisorFeature> features() {
                throw new IllegalStateException("no idea");
            }
        };

        defect(() -> open(broken, ALL), "no idea");
        assertThat(broken.asked).containsExactly("close");
    }

    @Test
    void closing_twice_closes_once() throws InterruptedException {
        Hypervisor guarded = open(small, ALL);
        guarded.close();
        guarded.close();

        assertThat(small.asked).containsExactly("close");
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                GuardedHypervisor.class,
                GuardedDiskMigration.class,
                GuardedLiveMigration.class,
                GuardedBlockJob.class,
                GuardedMachineMoveJob.class,
                GuardedControl.class,
                GuardedStatistics.class,
                GuardedChangeTracking.class,
                GuardedDiskBackups.class,
                GuardedBackupJob.class,
                GuardedGuestAgent.class,
                GuardedDriver.class
            })
    void no_method_of_the_spi_slips_past_the_guard(Class<?> guard) {
        List<String> own = Arrays.stream(guard.getDeclaredMethods())
                .filter(method -> !method.isBridge())
                .map(GuardedHypervisorTest::signature)
                .toList();

        for (Class<?> spi : guard.getInterfaces()) {
            assertThat(Arrays.stream(spi.getMethods())
                            .filter(method -> !Modifier.isStatic(method.getModifiers()))
                            .map(GuardedHypervisorTest::signature))
                    .isNotEmpty()
                    .isSubsetOf(own);
        }
    }

    private static String signature(Method method) {
        return method.getName() + Arrays.toString(method.getParameterTypes());
    }

    /** Offers things, and has no facet for any. */
    private static class Able extends SmallHypervisor {

        private final Set<HypervisorFeature> features;

        Able(Set<HypervisorFeature> features) {
            super(HOST);
            this.features = features;
        }

        @Override
        public Features<HypervisorFeature> features() {
            Features<HypervisorFeature> all = Features.none(HypervisorFeature.class);
            for (HypervisorFeature feature : features) {
                all = all.with(feature, Support.NATIVE);
            }
            return all;
        }
    }

    private static final class Failing extends SmallHypervisor {

        private final Throwable thrown;

        Failing(Class<? extends Throwable> kind) throws ReflectiveOperationException {
            super(HOST);
            this.thrown = kind.getConstructor().newInstance();
        }

        @Override
        public List<Machine> list() {
            throw Failing.<RuntimeException>undeclared(thrown);
        }

        /** Throws anything, as other languages of the JVM can. */
        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the cast is the trick
        private static <T extends Throwable> T undeclared(Throwable thrown) throws T {
            throw (T) thrown;
        }
    }

    /** Knows no job and begins none. */
    private record NoJobs(List<String> asked) implements LiveDiskMigration {

        @Override
        public BlockJob start(MachineId machine, VolumeId disk, DiskMove move) {
            asked.add("move");
            return SmallDriver.nothing();
        }

        @Override
        public Optional<BlockJob> find(MachineId machine, VolumeId disk) {
            return Optional.empty();
        }
    }

    private static Features<HypervisorFeature> everything() {
        Features<HypervisorFeature> all = Features.none(HypervisorFeature.class);
        for (HypervisorFeature feature : HypervisorFeature.values()) {
            all = all.with(feature, Support.NATIVE);
        }
        return all;
    }

    private static Hypervisor open(SmallHypervisor opened, HypervisorType type) throws InterruptedException {
        SmallDriver driver = new SmallDriver(type) {
            @Override
            public Hypervisor open(HostId host, HypervisorType asked, Options options) {
                return opened;
            }
        };
        return HypervisorDrivers.of(List.of(driver))
                .requireAll()
                .forType(type)
                .open(HOST, type, Options.parse(Set.of(), Map.of()));
    }

    private static void refuses(Failure failure, ThrowingCallable call) {
        assertThatExceptionOfType(DriverException.class).isThrownBy(call).satisfies(e -> {
            assertThat(e.failure()).isEqualTo(failure);
            assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        });
    }

    private static void defect(ThrowingCallable call, String message) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call)
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.DEFECT));
    }
}
