package io.hvkit.powerflex.simulator;

import io.hvkit.powerflex.simulator.SimulatorSettings.Transport;
import io.hvkit.powerflex.simulator.control.SimulatorClock;
import io.hvkit.powerflex.simulator.internal.array.ArrayState;
import io.hvkit.powerflex.simulator.internal.array.Memory;
import io.hvkit.powerflex.simulator.internal.array.SimulatedArray;
import io.hvkit.powerflex.simulator.internal.device.Devices;
import io.hvkit.powerflex.simulator.internal.device.Guard;
import io.hvkit.powerflex.simulator.internal.device.Hosts;
import io.hvkit.powerflex.simulator.internal.gateway.Account;
import io.hvkit.powerflex.simulator.internal.gateway.SelfSigned;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/**
 * Gateways of PowerFlex on loopback, the arrays behind them, and hosts that see their volumes. Nothing outlives it, not even when its
 * process is killed, but what is in a folder that was given: there the next one goes on with all volumes. Any thread may use it.
 */
public final class PowerFlexSimulator implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(PowerFlexSimulator.class.getName());
    private static final long TICK_MILLIS = 20;

    private final Home home;
    private final Guard guard;
    private final SimulatorClock clock;
    private final Optional<SelfSigned> certificate;
    private final Hosts folders;
    private final ExecutorService workers = Executors.newCachedThreadPool(PowerFlexSimulator::daemon);
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Runnable due = this::settle;
    private final Thread ticker = daemon(this::tick);
    private final List<RunningSystem> systems = new ArrayList<>();
    private final List<SimulatedHost> hosts = new ArrayList<>();

    private PowerFlexSimulator(SimulatorSettings settings) {
        SimulatorSettings.Fields fields = settings.fields();
        this.clock = fields.clock();
        this.home = fields.directory().map(Home::at).orElseGet(Home::temporary);
        this.guard = Guard.over(home.folder(), home.fate());
        this.certificate = fields.transport() == Transport.HTTPS
                ? Optional.of(
                        fields.directory().isPresent() ? SelfSigned.keptIn(home.certificate()) : SelfSigned.make())
                : Optional.empty();
        this.folders = new Hosts(home.hosts());
    }

    /**
     * Starts everything; the gateways answer when this returns.
     *
     * @throws IllegalStateException if the folder is used by another simulator, or what is kept there of an earlier one
     *     cannot be brought back: with the reason
     * @throws UncheckedIOException if a port is taken or a file cannot be made; nothing is left behind
     */
    public static PowerFlexSimulator start(SimulatorSettings settings) {
        PowerFlexSimulator simulator = new PowerFlexSimulator(settings);
        try {
            simulator.open(settings);
            return simulator;
        } catch (RuntimeException e) {
            simulator.close();
            throw e;
        }
    }

    private void open(SimulatorSettings settings) {
        for (String name : settings.hosts()) {
            SimulatedHost host = new SimulatedHost(name, "192.168.10." + (11 + hosts.size()), folders);
            folders.add(name, host.guid());
            hosts.add(host);
        }
        for (SystemSettings system : settings.systems()) {
            RunningSystem running = running(system.fields(), settings.fields());
            systems.add(running);
            running.add(system.fields().pools());
            hosts.forEach(running::add);
        }
        writeCertificate();
        systems.forEach(RunningSystem::start);
        clock.onAdvance(due);
        ticker.start();
    }

    private RunningSystem running(SystemSettings.Fields system, SimulatorSettings.Fields settings) {
        if (systems.stream().anyMatch(one -> one.array().nature().name().equals(system.name()))) {
            throw new IllegalArgumentException("two systems are named " + system.name());
        }
        List<String> mdms = system.mdms().isEmpty() ? List.of("192.168.20." + (11 + systems.size())) : system.mdms();
        SimulatedArray.Nature nature =
                new SimulatedArray.Nature(system.name(), system.version(), mdms, clock, settings.timing());
        Memory memory = home.memoryOf(system.name());
        memory.last().ifPresent(state -> requireHosts(system.name(), state));
        Devices devices = new Devices(
                SimulatedArray.idOf(system.name()),
                home.folder(),
                home.volumesOf(system.name()),
                folders,
                settings.devices() == SimulatorSettings.Devices.FILES ? Devices.Kind.FILES : Devices.Kind.LOOP_DEVICES,
                clock,
                settings.timing());
        int port = settings.port() == 0 ? 0 : settings.port() + systems.size();
        return new RunningSystem(
                new SimulatedArray(nature, devices, memory),
                devices,
                folders,
                new Account(system.user(), system.password()),
                new RunningSystem.Listening(port, certificate, workers));
    }

    private void requireHosts(String system, ArrayState state) {
        for (ArrayState.Host known : state.hosts()) {
            boolean mapped = state.volumes().stream()
                    .flatMap(volume -> volume.mappings().stream())
                    .anyMatch(use -> use.sdc().equals(known.id()));
            if (mapped && hosts.stream().noneMatch(host -> host.name().equals(known.host()))) {
                throw new IllegalStateException("in an earlier run volumes of " + system + " were mapped to the host "
                        + known.host() + ", which is not among the hosts now; name it too");
            }
        }
    }

    /** Returns the only system. */
    public SimulatedSystem system() {
        if (systems.size() != 1) {
            throw new IllegalStateException("there are " + systems.size() + " systems; say which");
        }
        return new SimulatedSystem(systems.get(0));
    }

    /** Returns all systems, in the order of the settings. */
    public List<SimulatedSystem> systems() {
        return systems.stream().map(SimulatedSystem::new).toList();
    }

    /** Returns the system of that name. */
    public SimulatedSystem system(String name) {
        return systems().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no system '" + name + "'"));
    }

    /** Returns all hosts, in the order of the settings. */
    public List<SimulatedHost> hosts() {
        return List.copyOf(hosts);
    }

    /** Returns the host of that name. */
    public SimulatedHost host(String name) {
        return hosts.stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no host '" + name + "'"));
    }

    /** Returns the clock by which all systems and hosts go. */
    public SimulatorClock clock() {
        return clock;
    }

    /** Returns the folder that all files are below. */
    public Path directory() {
        return home.folder();
    }

    /** Returns the gateways' certificate as a PEM file; there is none over HTTP. */
    public Optional<Path> certificate() {
        return certificate.map(one -> home.folder().resolve("certificate.pem"));
    }

    /**
     * Returns what a client of the gateways takes: it trusts their certificate alone.
     *
     * @throws IllegalStateException if they speak HTTP
     */
    public SSLContext trust() {
        return certificate
                .map(SelfSigned::client)
                .orElseThrow(() -> new IllegalStateException("the gateways speak HTTP; there is nothing to trust"));
    }

    /** Ends everything and takes away links, loop devices and, unless a folder was given, all files. Doing it again does nothing. */
    @Override
    public void close() {
        clock.forget(due);
        closing.countDown();
        try {
            ticker.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        systems.forEach(RunningSystem::close);
        workers.shutdownNow();
        home.close();
        guard.close();
    }

    private void tick() {
        try {
            while (!closing.await(TICK_MILLIS, TimeUnit.MILLISECONDS)) {
                settle();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void settle() {
        try {
            folders.takeCommands(this::obey);
            systems.forEach(RunningSystem::settle);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "the simulator's time stumbles", e);
        }
    }

    private void obey(Hosts.Command command) {
        List<String> words = List.of(command.text().split("[ ,]+", -1));
        if (words.get(0).equals("add_mdm")) {
            systems.forEach(system -> system.reach(command.host(), words.subList(1, words.size())));
        }
    }

    private void writeCertificate() {
        if (certificate.isEmpty()) {
            return;
        }
        try {
            String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'})
                    .encodeToString(certificate.get().certificate().getEncoded());
            Files.writeString(
                    home.folder().resolve("certificate.pem"),
                    "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n");
        } catch (IOException e) {
            throw new UncheckedIOException("the certificate cannot be written", e);
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("the certificate that was just made is broken", e);
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "powerflex-simulator");
        thread.setDaemon(true);
        return thread;
    }
}
