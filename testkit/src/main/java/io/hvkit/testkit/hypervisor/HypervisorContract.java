package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFeature;
import io.hvkit.core.MachineId;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.HostCapacity;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorFeature;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.HypervisorTypes;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * What every hypervisor must do. A plug-in extends this in its own tests and says how to open it; it cannot switch a case off,
 * only waive one, by name and with the reason. A feature that is not offered is tested too: it must be refused.
 */
public abstract non-sealed class HypervisorContract extends HypervisorCases {

    private static final int REPEATS = 3;
    private static final int STARTS_AT_ONCE = 4;

    /** Made by JUnit. */
    protected HypervisorContract() {}

    @Test
    final void start_gives_a_running_machine_of_that_name_with_its_disk() throws InterruptedException {
        Machine machine = start(spec);

        assertThat(machine.name()).isEqualTo(spec.name());
        assertThat(machine.state()).isIn(MachineState.STARTING, MachineState.RUNNING);
        assertThat(hypervisor.find(machine.id()).orElseThrow().disks())
                .extracting(it -> it.attachment())
                .containsExactly(disk.attachment());
    }

    @Test
    final void start_again_with_an_equal_request_gives_the_same_machine() throws InterruptedException {
        Machine first = start(spec);
        for (int i = 0; i < REPEATS; i++) {
            assertThat(hypervisor.start(spec).id()).isEqualTo(first.id());
        }
        assertThat(names()).containsOnlyOnce(spec.name());
    }

    @Test
    final void start_again_with_other_processors_is_refused() throws InterruptedException {
        Machine first = start(spec);

        refuses(Failure.EXISTS_DIFFERENTLY, () -> hypervisor.start(spec.cpus(2)));
        assertThat(state(first.id())).contains(MachineState.RUNNING);
    }

    @Test
    final void a_machine_is_seen_through_another_connection_and_outlives_it() throws InterruptedException {
        Machine machine = start(spec);
        Hypervisor second = connection();

        assertThat(second.find(machine.id())).isPresent();
        assertThat(second.list()).extracting(Machine::id).contains(machine.id());
        assertThat(second.start(spec).id()).isEqualTo(machine.id());
        second.close();
        second.close();
        assertThat(hypervisor.find(machine.id())).isPresent();
    }

    @Test
    final void stop_has_ended_the_machine_when_it_returns_and_may_be_repeated() throws InterruptedException {
        MachineId id = start(spec).id();
        for (int i = 0; i < REPEATS; i++) {
            hypervisor.stop(id, StopMode.POWER_OFF);
            assertThat(state(id)).isIn(Optional.empty(), Optional.of(MachineState.STOPPED));
        }
    }

    @Test
    final void a_stopped_machine_can_be_started_in_another_make() throws InterruptedException {
        hypervisor.stop(start(spec).id(), StopMode.POWER_OFF);

        assertThat(start(spec.cpus(2)).state()).isIn(MachineState.STARTING, MachineState.RUNNING);
    }

    @Test
    final void stopping_forgetting_or_finding_what_never_was_succeeds() throws InterruptedException {
        MachineId nobody = new MachineId(spec.name());

        hypervisor.stop(nobody, StopMode.POWER_OFF);
        hypervisor.forget(nobody);
        assertThat(hypervisor.find(nobody)).isEmpty();
        assertThat(names()).doesNotContain(spec.name());
    }

    @Test
    final void a_disk_that_is_not_there_is_not_found_and_leaves_no_machine() throws InterruptedException {
        MachineSpec broken = MachineSpec.named(spec.name()).with(underTest().absentDisk());

        refuses(Failure.NOT_FOUND, () -> start(broken));
        assertThat(names()).doesNotContain(spec.name());
    }

    @Test
    final void a_disk_of_another_machine_is_in_use_and_that_machine_runs_on() throws InterruptedException {
        Machine first = start(spec);
        MachineSpec thief = MachineSpec.named(unique()).with(disk);

        refuses(Failure.IN_USE, () -> start(thief));
        assertThat(names()).doesNotContain(thief.name());
        assertThat(state(first.id())).contains(MachineState.RUNNING);
    }

    @Test
    final void a_running_machine_is_not_forgotten() throws InterruptedException {
        MachineId id = start(spec).id();

        refuses(Failure.IN_USE, () -> hypervisor.forget(id));
        assertThat(state(id)).contains(MachineState.RUNNING);
    }

    @Test
    final void a_persistent_machine_is_remembered_until_it_is_forgotten_or_refused() throws InterruptedException {
        MachineSpec kept = spec.keptAs(Persistence.PERSISTENT);
        if (!offers(HypervisorFeature.PERSISTENT_MACHINES)) {
            refusesToStart(kept);
            return;
        }
        MachineId id = start(kept).id();
        hypervisor.stop(id, StopMode.POWER_OFF);
        assertThat(connection().find(id).map(Machine::state)).contains(MachineState.STOPPED);
        assertThat(hypervisor.start(kept).id()).isEqualTo(id);
        hypervisor.stop(id, StopMode.POWER_OFF);
        for (int i = 0; i < REPEATS; i++) {
            hypervisor.forget(id);
            assertThat(hypervisor.find(id)).isEmpty();
        }
    }

    @Test
    final void a_request_that_differs_in_one_thing_is_another_request_or_refused() throws InterruptedException {
        Machine first = start(spec);
        Disk other = anotherDisk();

        try (Secret key = Secret.random()) {
            SpecVariant.of(spec, key)
                    .forEach(each -> refuses(refusal(each), each.words(), () -> hypervisor.start(each.spec())));
        }
        refuses(Failure.EXISTS_DIFFERENTLY, "another disk", () -> hypervisor.start(SpecVariant.with(spec, other)));
        refuses(Failure.EXISTS_DIFFERENTLY, "one more disk", () -> hypervisor.start(spec.with(other)));
        refuses(Failure.EXISTS_DIFFERENTLY, "no disk", () -> hypervisor.start(MachineSpec.named(spec.name())));
        assertThat(state(first.id())).contains(MachineState.RUNNING);
        assertThat(disks(first.id())).containsExactly(place(disk));
    }

    private Failure refusal(SpecVariant variant) {
        return variant.feature().map(this::offers).orElse(true) ? Failure.EXISTS_DIFFERENTLY : Failure.UNSUPPORTED;
    }

    @Test
    final void starts_of_one_name_at_once_make_one_machine() throws InterruptedException {
        undoLater(spec);
        List<Callable<Machine>> starts = new ArrayList<>();
        for (int i = 0; i < STARTS_AT_ONCE; i++) {
            Hypervisor own = connection();
            starts.add(() -> own.start(spec));
        }

        Set<MachineId> started = atOnce(starts);

        assertThat(started).hasSize(1);
        assertThat(names()).containsOnlyOnce(spec.name());
        assertThat(state(started.iterator().next())).contains(MachineState.RUNNING);
        assertThat(connection().start(spec).disks()).containsExactly(place(disk));
    }

    private static Set<MachineId> atOnce(List<Callable<Machine>> starts) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(starts.size());
        try {
            Set<MachineId> started = new HashSet<>();
            for (Future<Machine> start : threads.invokeAll(starts)) {
                started.add(start.get().id());
            }
            return started;
        } catch (ExecutionException e) {
            throw new AssertionError("one of several equal requests at once was refused", e);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    final void what_is_not_offered_is_refused_and_nothing_is_left() throws InterruptedException {
        try (Secret key = Secret.random()) {
            SpecVariant.of(spec, key)
                    .filter(each -> !each.feature().map(this::offers).orElse(true))
                    .forEach(each -> refuses(Failure.UNSUPPORTED, each.words(), () -> start(each.spec())));
        }
        if (!offers(HypervisorFeature.DEFINED_MACHINES)) {
            refuses(Failure.UNSUPPORTED, () -> hypervisor.define(spec.keptAs(Persistence.PERSISTENT)));
            refuses(Failure.UNSUPPORTED, () -> hypervisor.start(new MachineId(spec.name())));
        }
        assertThat(names()).doesNotContain(spec.name());
        if (!offers(HypervisorFeature.GRACEFUL_STOP)) {
            MachineId id = start(spec).id();
            refuses(Failure.UNSUPPORTED, () -> hypervisor.stop(id, StopMode.GRACEFUL));
            refuses(Failure.UNSUPPORTED, () -> hypervisor.stop(id, StopMode.GRACEFUL.orPowerOff()));
            assertThat(state(id)).contains(MachineState.RUNNING);
        }
        assertThat(hypervisor.features().offered())
                .isSubsetOf(underTest().type().features().offered());
    }

    @Test
    final void facets_are_there_exactly_when_the_feature_is_offered() {
        assertThat(hypervisor.guestAgent().isPresent()).isEqualTo(offers(HypervisorFeature.GUEST_AGENT));
        assertThat(hypervisor.changeTracking().isPresent()).isEqualTo(offers(HypervisorFeature.CHANGE_TRACKING));
        assertThat(hypervisor.diskBackups().isPresent()).isEqualTo(offers(HypervisorFeature.DISK_BACKUPS));
        assertThat(hypervisor.statistics().isPresent()).isEqualTo(offers(HypervisorFeature.STATISTICS));
        assertThat(hypervisor.liveDiskMigration().isPresent()).isEqualTo(offers(HypervisorFeature.LIVE_DISK_MIGRATION));
        assertThat(hypervisor.hotPlug().isPresent()).isEqualTo(offers(HypervisorFeature.HOT_PLUG));
        assertThat(hypervisor.liveMigration().isPresent()).isEqualTo(offers(HypervisorFeature.LIVE_MIGRATION));
        assertThat(hypervisor.control().isPresent()).isEqualTo(offers(HypervisorFeature.MACHINE_CONTROL));
        assertThat(hypervisor.machineSnapshots().isPresent()).isEqualTo(offers(HypervisorFeature.MACHINE_SNAPSHOTS));
        assertThat(hypervisor.directDownload().isPresent()).isEqualTo(offers(HypervisorFeature.DIRECT_DOWNLOAD));
        assertThat(hypervisor.hostSnapshots().isPresent()).isEqualTo(offers(HypervisorFeature.HOST_SNAPSHOTS));
        assertThat(hypervisor.machineClones().isPresent()).isEqualTo(offers(HypervisorFeature.MACHINE_CLONES));
        assertThat(hypervisor.machineRelocation().isPresent()).isEqualTo(offers(HypervisorFeature.MACHINE_RELOCATION));
        assertThat(hypervisor.consoleTickets().isPresent()).isEqualTo(offers(HypervisorFeature.CONSOLE_TICKETS));
    }

    @Test
    final void a_connection_offers_no_more_than_its_type_declares() throws InterruptedException {
        HypervisorDriver raw = underTest().driver();
        try (Hypervisor opened = raw.open(
                HOST,
                underTest().type(),
                Options.parse(raw.options(), underTest().options()))) {
            Features<HypervisorFeature> offered = opened.features();
            assertThat(offered).isEqualTo(offered.limitedTo(underTest().type().features()));
            assertThat(opened.host()).isEqualTo(HOST);
        }
    }

    @Test
    final void probe_looks_now_and_gives_reasons() throws InterruptedException {
        Instant before = Instant.now();

        HostFacts facts = hypervisor.probe();
        assertThat(facts.probedAt()).isBetween(before, Instant.now());
        for (HostFeature feature : HostFeature.values()) {
            assertThat(facts.finding(feature).reason()).isNotBlank();
        }
        Duration limit = Duration.ofMinutes(10);
        assertThat(hypervisor.facts(limit).isFresh(limit, Instant.now())).isTrue();
    }

    /** Figures that change from one look to the next are of what is free, and not of what there is. */
    @Test
    final void what_a_host_has_does_not_change_when_a_machine_takes_some_of_it() throws InterruptedException {
        Optional<HostCapacity> before = hypervisor.capacity();
        start(spec);

        assertThat(hypervisor.capacity()).isEqualTo(before);
    }

    @Test
    final void an_option_that_is_not_declared_is_refused_by_name() {
        Set<String> known =
                underTest().driver().options().stream().map(Option::name).collect(Collectors.toSet());

        assertThat(underTest().options().keySet()).isSubsetOf(known);
        refuses(
                Failure.INVALID_REQUEST,
                () -> Options.parse(underTest().driver().options(), Map.of("no-such-option", "x")));
    }

    @Test
    final void its_types_are_found_by_every_name_in_every_case_and_read_back_from_json() {
        HypervisorTypes types = HypervisorTypes.standard();
        for (HypervisorType each : underTest().driver().types()) {
            types.register(each, underTest().driver().getClass());
            for (Locale locale : new Locale[] {Locale.ROOT, new Locale("tr"), new Locale("az"), new Locale("lt")}) {
                assertThat(types.require(each.id().toUpperCase(locale))).isEqualTo(each);
                assertThat(types.require(each.displayName().toUpperCase(locale)))
                        .isEqualTo(each);
                assertThat(types.require(each.displayName().toLowerCase(locale)))
                        .isEqualTo(each);
            }
            assertThat(types.resolve(each.id()).orThrow()).isEqualTo(each);
            assertThat(HypervisorType.fromJson(each.toJson()).toJson()).isEqualTo(each.toJson());
            refuses(Failure.EXISTS_DIFFERENTLY, () -> types.register(each, HypervisorContract.class));
        }
        assertThat(underTest().driver().types()).contains(underTest().type());
    }

    private void refusesToStart(MachineSpec wanted) throws InterruptedException {
        refuses(Failure.UNSUPPORTED, () -> start(wanted));
        assertThat(names()).doesNotContain(wanted.name());
    }
}
