package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.ConsoleTicket;
import io.hvkit.hypervisor.spi.ConsoleTickets;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.VimFault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;

/** Tickets for the web sockets of hosts. One whose answer was lost is asked for again: nobody has it, and it ends unused. */
final class VmwareConsoleTickets implements ConsoleTickets {

    /** A vCenter does not say how long; this is the shortest time that is told of any. */
    private static final Duration GOOD_FOR = Duration.ofMinutes(1);

    private static final String USUAL_PORT = "443";
    private static final int LONGEST_PORT = 5;

    private final Site site;
    private final VmReader reader;

    VmwareConsoleTickets(Site site, VmReader reader) {
        this.site = site;
        this.reader = reader;
    }

    @Override
    public ConsoleTicket issue(MachineId machine) throws InterruptedException {
        Vm vm = reader.here(machine)
                .filter(found -> found.state() == MachineState.RUNNING)
                .orElseThrow(() -> notRunning(machine));
        Instant asked = Instant.now();
        try {
            Node answer = site.client()
                    .call(Call.reading(vm.ref(), Data.of("AcquireTicket").with("ticketType", "webmks")));
            return ticket(
                    machine,
                    answer.at("returnval").orElseThrow(() -> useless(machine, "ticket")),
                    asked.plus(GOOD_FOR));
        } catch (VimFault e) {
            throw e.is("InvalidState", "InvalidPowerState") ? notRunning(machine) : e.asFailure();
        } catch (LostAnswer e) {
            throw e.harmless();
        }
    }

    private DriverException notRunning(MachineId machine) {
        return DriverException.because(Failure.NOT_FOUND)
                .message(
                        "no machine %s runs on host %s, and only one that runs has a screen; start it",
                        machine, site.name());
    }

    private static DriverException useless(MachineId machine, String what) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .message("the vCenter's ticket for the screen of machine %s has no %s that can be used", machine, what);
    }

    /** What a vCenter leaves out is as at the vCenter itself. */
    private ConsoleTicket ticket(MachineId machine, Node told, Instant goodUntil) {
        String host = said(told, "host").orElse(site.client().vcenter().getHost());
        String port = said(told, "port").orElse(USUAL_PORT);
        if (!port.chars().allMatch(digit -> digit >= '0' && digit <= '9') || port.length() > LONGEST_PORT) {
            throw useless(machine, "port");
        }
        Secret secret = secret(machine, told);
        try {
            return new ConsoleTicket(
                    ConsoleTicket.Kind.WEBMKS,
                    host,
                    Integer.parseInt(port),
                    said(told, "sslThumbprint"),
                    goodUntil,
                    secret);
        } catch (IllegalArgumentException e) {
            secret.close();
            throw useless(machine, "port");
        }
    }

    private static Secret secret(MachineId machine, Node told) {
        byte[] bytes = told.text("ticket").getBytes(StandardCharsets.UTF_8);
        try {
            return Secret.copyOf(bytes);
        } catch (IllegalArgumentException e) {
            throw useless(machine, "secret");
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    private static Optional<String> said(Node told, String what) {
        return Optional.of(told.text(what)).filter(Predicate.not(String::isBlank));
    }
}
