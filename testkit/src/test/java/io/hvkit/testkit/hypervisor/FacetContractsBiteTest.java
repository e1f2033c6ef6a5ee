package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.KeySource;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineControl;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.RestartMode;
import io.hvkit.hypervisor.spi.StopMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Drivers with one fault in a facet each: the facet's contract must find it, by the case that is about it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FacetContractsBiteTest {

    @TempDir
    private Path directory;

    private Judgement judgement;

    @BeforeEach
    void prepare() {
        judgement = new Judgement(directory);
    }

    static Stream<Arguments> faults() {
        return Stream.of(control(), stopping(), defining(), seeding(), plugging(), opening(), losing())
                .flatMap(each -> each);
    }

    private static Stream<Arguments> control() {
        Class<?> contract = Judgement.Controller.class;
        return Stream.of(
                fault(
                        contract,
                        "a_paused_machine_is_paused_for_everybody_until_it_is_resumed",
                        real -> new Control(real) {
                            @Override
                            public void pause(MachineId machine) throws InterruptedException {
                                super.resume(machine);
                            }
                        }),
                fault(
                        contract,
                        "a_paused_machine_is_paused_for_everybody_until_it_is_resumed",
                        real -> new Control(real) {
                            @Override
                            public void pause(MachineId machine) throws InterruptedException {
                                requireRunning(machine);
                                super.pause(machine);
                            }
                        }),
                fault(contract, "an_equal_request_finds_a_paused_machine_as_it_is", real -> new Control(real) {
                    @Override
                    public Machine start(MachineSpec spec) throws InterruptedException {
                        Machine machine = super.start(spec);
                        return Machine.of(machine.id(), machine.name(), MachineState.RUNNING);
                    }
                }),
                fault(
                        contract,
                        "a_paused_machine_keeps_its_name_and_disk_and_can_be_stopped",
                        real -> new Control(real) {
                            @Override
                            public void stop(MachineId id, StopMode mode) throws InterruptedException {
                                if (find(id).map(Machine::state).equals(Optional.of(MachineState.RUNNING))) {
                                    super.stop(id, mode);
                                }
                            }
                        }),
                fault(contract, "a_machine_that_is_reset_runs_on_with_its_disk", real -> new Control(real) {
                    @Override
                    public void restart(MachineId machine, RestartMode mode) throws InterruptedException {
                        super.restart(machine, mode);
                        stop(machine, StopMode.POWER_OFF);
                    }
                }),
                fault(contract, "what_never_was_or_has_ended_is_not_found", real -> new Control(real) {
                    @Override
                    public void resume(MachineId machine) throws InterruptedException {
                        if (find(machine).isPresent()) {
                            super.resume(machine);
                        }
                    }
                }));
    }

    private static Stream<Arguments> stopping() {
        Class<?> contract = Judgement.Stopper.class;
        return Stream.of(
                fault(contract, "a_guest_that_does_not_listen_runs_on_and_the_call_says_so", real -> new Relay(real) {
                    @Override
                    public void stop(MachineId id, StopMode mode) throws InterruptedException {
                        super.stop(id, mode.orPowerOff());
                    }
                }),
                fault(
                        contract,
                        "a_guest_that_does_not_listen_loses_its_power_if_that_is_wanted",
                        real -> new Relay(real) {
                            @Override
                            public void stop(MachineId id, StopMode mode) throws InterruptedException {
                                super.stop(id, mode.asksGuest() ? StopMode.GRACEFUL : mode);
                            }
                        }),
                fault(contract, "a_remembered_machine_is_stopped_and_not_forgotten", real -> new Relay(real) {
                    @Override
                    public void stop(MachineId id, StopMode mode) throws InterruptedException {
                        super.stop(id, mode);
                        super.forget(id);
                    }
                }),
                fault(contract, "asking_nobody_succeeds_at_once", real -> new Relay(real) {
                    @Override
                    public void stop(MachineId id, StopMode mode) throws InterruptedException {
                        if (find(id).isEmpty()) {
                            throw DriverException.because(Failure.NOT_FOUND).message("no machine %s", id);
                        }
                        super.stop(id, mode);
                    }
                }));
    }

    private static Stream<Arguments> defining() {
        Class<?> contract = Judgement.Definer.class;
        return Stream.of(
                fault(
                        contract,
                        "a_defined_machine_is_stopped_for_everybody_until_it_is_started",
                        real -> new Relay(real) {
                            @Override
                            public Machine define(MachineSpec spec) throws InterruptedException {
                                return Machine.of(new MachineId(spec.name()), spec.name(), MachineState.STOPPED);
                            }
                        }),
                fault(contract, "an_equal_request_confirms_and_another_is_refused", real -> new Relay(real) {
                    @Override
                    public Machine define(MachineSpec spec) throws InterruptedException {
                        super.forget(new MachineId(spec.name()));
                        return super.define(spec);
                    }
                }),
                fault(contract, "a_machine_of_equal_make_that_runs_stays_running", real -> new Relay(real) {
                    @Override
                    public Machine define(MachineSpec spec) throws InterruptedException {
                        super.stop(new MachineId(spec.name()), StopMode.POWER_OFF);
                        return super.define(spec);
                    }
                }),
                fault(contract, "what_was_forgotten_or_never_was_cannot_be_started", real -> new Relay(real) {
                    @Override
                    public Machine start(MachineId id, KeySource keys) throws InterruptedException {
                        return find(id).isEmpty() ? super.start(MachineSpec.named(id.value())) : super.start(id, keys);
                    }
                }),
                fault(
                        contract,
                        "a_machine_whose_disk_another_uses_is_refused_and_remembered_as_it_was",
                        real -> new Relay(real) {
                            @Override
                            public Machine start(MachineId id, KeySource keys) throws InterruptedException {
                                try {
                                    return super.start(id, keys);
                                } catch (DriverException e) {
                                    forget(id);
                                    throw e;
                                }
                            }
                        }));
    }

    private static Stream<Arguments> seeding() {
        Class<?> contract = Judgement.Seeder.class;
        return Stream.of(
                fault(contract, "a_seed_that_differs_in_one_thing_is_another_request", real -> new Relay(real) {
                    @Override
                    public Machine start(MachineSpec spec) throws InterruptedException {
                        Optional<Machine> running = find(new MachineId(spec.name()));
                        return running.isPresent() ? running.get() : super.start(spec);
                    }
                }),
                fault(contract, "user_data_is_in_no_text", real -> new Relay(real) {
                    @Override
                    public Machine start(MachineSpec spec) throws InterruptedException {
                        try {
                            return super.start(spec);
                        } catch (DriverException e) {
                            throw DriverException.because(e.failure()).message("not %s", userData(spec));
                        }
                    }
                }),
                fault(contract, "a_remembered_machine_has_its_seed_whenever_it_starts", real -> new Relay(real) {
                    @Override
                    public void stop(MachineId id, StopMode mode) throws InterruptedException {
                        super.stop(id, mode);
                        if (find(id).isPresent()) {
                            forget(id);
                            define(MachineSpec.named(id.value()).keptAs(Persistence.PERSISTENT));
                            super.start(id, KeySource.NONE);
                        }
                    }
                }));
    }

    private static String userData(MachineSpec spec) {
        return new String(
                Objects.requireNonNull(spec.cloudInit().orElseThrow().files().get("user-data")),
                StandardCharsets.UTF_8);
    }

    private static Stream<Arguments> plugging() {
        Class<?> contract = Judgement.Plugger.class;
        return Stream.of(
                fault(contract, "a_disk_is_attached_once_however_often_it_is_asked_for", real -> new Plugs(real) {
                    @Override
                    public void attach(MachineId machine, Disk disk) throws InterruptedException {
                        if (disks(machine).stream().anyMatch(disk.volume()::equals)) {
                            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                                    .message("it has %s", disk);
                        }
                        super.attach(machine, disk);
                    }
                }),
                fault(
                        contract,
                        "what_is_elsewhere_or_another_is_refused_and_the_machine_is_as_it_was",
                        real -> new Plugs(real) {
                            @Override
                            public void attach(MachineId machine, Disk disk) throws InterruptedException {
                                if (disks(machine).stream().noneMatch(disk.volume()::equals)) {
                                    super.attach(machine, disk);
                                }
                            }
                        }),
                fault(
                        contract,
                        "a_disk_that_the_guest_lets_go_is_free_and_detaching_may_be_repeated",
                        real -> new Plugs(real) {
                            @Override
                            public void detach(MachineId machine, VolumeId disk, Duration patience)
                                    throws InterruptedException {
                                if (disks(machine).stream().noneMatch(disk::equals)) {
                                    throw DriverException.because(Failure.NOT_FOUND)
                                            .message("no disk %s", disk);
                                }
                                super.detach(machine, disk, patience);
                            }
                        }),
                fault(
                        contract,
                        "a_guest_that_does_not_let_go_keeps_its_disk_and_the_call_says_so",
                        real -> new Plugs(real) {
                            @Override
                            public void detach(MachineId machine, VolumeId disk, Duration patience)
                                    throws InterruptedException {
                                try {
                                    super.detach(machine, disk, patience);
                                } catch (DriverException e) {
                                    return;
                                }
                            }
                        }),
                fault(contract, "a_disk_grows_to_the_byte_and_never_shrinks", real -> new Plugs(real) {
                    @Override
                    public void resize(MachineId machine, VolumeId disk, ByteSize size) throws InterruptedException {
                        super.resize(machine, disk, ByteSize.bytes(size.bytes() / 1024 * 1024));
                    }
                }),
                fault(
                        contract,
                        "a_machine_that_does_not_run_is_not_found_and_detaching_from_it_succeeds",
                        real -> new Plugs(real) {
                            @Override
                            public void detach(MachineId machine, MacAddress nic, Duration patience)
                                    throws InterruptedException {
                                if (find(machine).isEmpty()) {
                                    throw DriverException.because(Failure.NOT_FOUND)
                                            .message("no %s", machine);
                                }
                                super.detach(machine, nic, patience);
                            }
                        }),
                fault(
                        contract,
                        "a_network_card_needs_an_address_and_what_is_not_offered_is_refused",
                        real -> new Plugs(real) {
                            @Override
                            public void attach(MachineId machine, Nic nic) throws InterruptedException {
                                super.attach(machine, nic.addressed(new MacAddress("52:54:00:00:00:01")));
                            }
                        }));
    }

    private static Stream<Arguments> opening() {
        Class<?> contract = Judgement.Opener.class;
        return Stream.of(
                fault(
                        contract,
                        "a_wrong_key_starts_nothing_changes_nothing_and_leaves_nothing",
                        real -> new Relay(real) {
                            @Override
                            public Machine start(MachineSpec spec) throws InterruptedException {
                                try {
                                    return super.start(spec);
                                } catch (DriverException e) {
                                    throw DriverException.because(Failure.DEFECT)
                                            .message("libvirt 1: %s", e.toString());
                                }
                            }
                        }),
                fault(
                        contract,
                        "a_wrong_key_in_an_equal_request_is_refused_and_the_machine_runs_on_with_the_one_that_works",
                        real -> new Relay(real) {
                            @Override
                            public Machine start(MachineSpec spec) throws InterruptedException {
                                Optional<Machine> running = find(new MachineId(spec.name()));
                                return running.isPresent() ? running.get() : super.start(spec);
                            }
                        }),
                fault(contract, "a_key_for_a_plain_disk_is_refused_and_nothing_is_formatted", real -> new Relay(real) {
                    @Override
                    public Machine start(MachineSpec spec) throws InterruptedException {
                        try {
                            return super.start(spec);
                        } catch (DriverException e) {
                            if (e.failure() == Failure.CORRUPT_DATA) {
                                format(spec.disks().get(0));
                                return super.start(spec);
                            }
                            throw e;
                        }
                    }
                }),
                fault(
                        contract,
                        "the_key_is_lent_and_the_machine_runs_on_when_its_owner_wipes_it",
                        real -> new Relay(real) {
                            @Override
                            public Machine start(MachineSpec spec) throws InterruptedException {
                                Machine machine = super.start(spec);
                                spec.disks().forEach(disk -> disk.key().ifPresent(key -> key.close()));
                                return machine;
                            }
                        }),
                fault(
                        contract,
                        "a_defined_machine_needs_the_keys_of_its_disks_before_it_starts",
                        real -> new Relay(real) {
                            @Override
                            public Machine start(MachineId id, KeySource keys) throws InterruptedException {
                                Machine machine = super.find(id).orElseThrow();
                                return Machine.of(id, id.value(), MachineState.RUNNING)
                                        .with(machine.disks());
                            }
                        }),
                fault(contract, "a_key_is_in_no_text_and_no_process", real -> new Relay(real) {
                    @Override
                    public Machine start(MachineSpec spec) throws InterruptedException {
                        try {
                            return super.start(spec);
                        } catch (DriverException e) {
                            throw DriverException.because(e.failure())
                                    .message(
                                            "the key %s does not fit",
                                            text(spec.disks().get(0)));
                        }
                    }
                }));
    }

    private static Stream<Arguments> losing() {
        Class<?> contract = Judgement.Loser.class;
        return Stream.of(
                fault(contract, "a_question_is_unreachable_and_did_nothing", real -> new Relay(real) {
                    @Override
                    public List<Machine> list() throws InterruptedException {
                        try {
                            return super.list();
                        } catch (DriverException e) {
                            return List.of();
                        }
                    }
                }),
                fault(contract, "a_start_says_the_truth_and_its_repetition_makes_one_machine", real -> new Relay(real) {
                    @Override
                    public Machine start(MachineSpec spec) throws InterruptedException {
                        try {
                            return super.start(spec);
                        } catch (DriverException e) {
                            throw DriverException.because(Failure.TIMED_OUT).message("no answer");
                        }
                    }
                }),
                fault(contract, "a_stop_says_the_truth_and_its_repetition_stops_the_machine", real -> new Relay(real) {
                    @Override
                    public void stop(MachineId id, StopMode mode) throws InterruptedException {
                        try {
                            super.stop(id, mode);
                        } catch (DriverException e) {
                            throw DriverException.because(e.failure())
                                    .effect(Effect.APPLIED)
                                    .message("surely stopped");
                        }
                    }
                }));
    }

    private static Arguments fault(Class<?> contract, String name, UnaryOperator<Hypervisor> fault) {
        return Arguments.of(contract, name, fault);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_is_found_by_the_case_that_is_about_it(
            Class<? extends HypervisorCases> contract, String name, UnaryOperator<Hypervisor> fault) {
        assertThat(judgement.of(contract, fault, name)).contains(name);
    }

    @Test
    void a_driver_without_fault_is_not_accused() {
        Stream.of(
                        Judgement.Controller.class,
                        Judgement.Stopper.class,
                        Judgement.Definer.class,
                        Judgement.Seeder.class,
                        Judgement.Plugger.class,
                        Judgement.Opener.class,
                        Judgement.Loser.class,
                        Judgement.Mover.class,
                        Judgement.Migrator.class)
                .forEach(contract ->
                        assertThat(judgement.of(contract, real -> real)).isEmpty());
    }

    private static void format(Disk disk) {
        InMemoryHypervisorDriver.encrypt(InMemoryJudged.file(disk), disk.key().orElseThrow());
    }

    private static String text(Disk disk) {
        return disk.key().orElseThrow().withArray(bytes -> HexFormat.of().formatHex(bytes));
    }

    /** A connection that does one thing of control wrong. */
    private static class Control extends Relay implements MachineControl {

        Control(Hypervisor real) {
            super(real);
        }

        void requireRunning(MachineId machine) throws InterruptedException {
            if (!find(machine).map(Machine::state).equals(Optional.of(MachineState.RUNNING))) {
                throw DriverException.because(Failure.INVALID_REQUEST).message("%s does not run", machine);
            }
        }

        @Override
        public Optional<MachineControl> control() {
            return Optional.of(this);
        }

        @Override
        public void pause(MachineId machine) throws InterruptedException {
            real.control().orElseThrow().pause(machine);
        }

        @Override
        public void resume(MachineId machine) throws InterruptedException {
            real.control().orElseThrow().resume(machine);
        }

        @Override
        public void restart(MachineId machine, RestartMode mode) throws InterruptedException {
            real.control().orElseThrow().restart(machine, mode);
        }
    }

    /** A connection that does one thing of changing devices wrong. */
    private static class Plugs extends Relay implements HotPlug {

        private final HotPlug plug;

        Plugs(Hypervisor real) {
            super(real);
            this.plug = real.hotPlug().orElseThrow();
        }

        List<VolumeId> disks(MachineId machine) throws InterruptedException {
            return find(machine).stream()
                    .flatMap(found -> found.disks().stream())
                    .map(disk -> disk.volume())
                    .toList();
        }

        @Override
        public Optional<HotPlug> hotPlug() {
            return Optional.of(this);
        }

        @Override
        public void attach(MachineId machine, Disk disk) throws InterruptedException {
            plug.attach(machine, disk);
        }

        @Override
        public void detach(MachineId machine, VolumeId disk, Duration patience) throws InterruptedException {
            plug.detach(machine, disk, patience);
        }

        @Override
        public void attach(MachineId machine, Nic nic) throws InterruptedException {
            plug.attach(machine, nic);
        }

        @Override
        public void detach(MachineId machine, MacAddress nic, Duration patience) throws InterruptedException {
            plug.detach(machine, nic, patience);
        }

        @Override
        public void resize(MachineId machine, VolumeId disk, ByteSize size) throws InterruptedException {
            plug.resize(machine, disk, size);
        }
    }
}
