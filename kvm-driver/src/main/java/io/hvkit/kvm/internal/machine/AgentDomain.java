package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.AgentChannel;
import io.hvkit.hypervisor.spi.AgentState;
import io.hvkit.hypervisor.spi.GuestFacts;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.xml.MachineXml;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A domain that runs, and the agent in it. Freezing goes by the agent's own commands: only so each has a limit of its own, and only so
 * the agent says whether its guest is frozen.
 */
final class AgentDomain implements AutoCloseable {

    /** An agent that lives answers in no time; a guest may be busy. */
    private static final int ANSWER_SECONDS = 5;

    private static final int THAW_SECONDS = 10;
    private static final Pattern STATUS = Pattern.compile("\\{\"return\":\\s*\"(thawed|frozen)\"\\s*}");
    private static final Pattern COUNT = Pattern.compile("\\{\"return\":\\s*([0-9]{1,6})\\s*}");

    private final LibvirtDomain domain;
    private final MachineId machine;
    private final MachineXml xml;

    private AgentDomain(LibvirtDomain domain, MachineId machine, MachineXml xml) {
        this.domain = domain;
        this.machine = machine;
        this.xml = xml;
    }

    /** Finds a domain; {@code NOT_FOUND} if none runs. */
    static AgentDomain running(LibvirtConnection connection, MachineId machine) throws LibvirtException {
        LibvirtDomain domain = connection.find(machine.value()).orElseThrow(() -> absent(machine));
        try {
            if (!domain.state().isActive()) {
                throw absent(machine);
            }
            return new AgentDomain(domain, machine, MachineXml.read(domain.xml()));
        } catch (LibvirtException | RuntimeException e) {
            domain.close();
            if (e instanceof LibvirtException libvirt && libvirt.saysAbsent()) {
                throw absent(machine);
            }
            throw e;
        }
    }

    /** Finds a domain; {@code NOT_FOUND} if none runs, {@code UNSUPPORTED} if it has no channel. */
    static AgentDomain withChannel(LibvirtConnection connection, MachineId machine) throws LibvirtException {
        AgentDomain agent = running(connection, machine);
        if (!agent.hasChannel()) {
            agent.close();
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "machine %s has no channel to an agent in its guest; start it with agentChannel(PRESENT)",
                            machine);
        }
        return agent;
    }

    boolean hasChannel() {
        return xml.agent() == AgentChannel.PRESENT;
    }

    /** Returns what there is to be said of the agent; that it is silent is an answer. */
    AgentState state() throws LibvirtException {
        if (!hasChannel()) {
            return AgentState.NO_CHANNEL;
        }
        try {
            return isFrozen() ? AgentState.FROZEN : AgentState.READY;
        } catch (LibvirtException e) {
            if (e.saysAgentSilent()) {
                return AgentState.SILENT;
            }
            throw refused(e);
        }
    }

    boolean isFrozen() throws LibvirtException {
        return ask("guest-fsfreeze-status", ANSWER_SECONDS, STATUS).equals("frozen");
    }

    /** Freezes the guest and returns how many file systems are. */
    int freeze(int seconds) throws LibvirtException {
        return Integer.parseInt(ask("guest-fsfreeze-freeze", seconds, COUNT));
    }

    /** Thaws the guest and returns how many file systems were frozen. */
    int thaw() throws LibvirtException {
        return Integer.parseInt(ask("guest-fsfreeze-thaw", THAW_SECONDS, COUNT));
    }

    /** Does the same, and says what it means if that fails. */
    int thawed() throws LibvirtException {
        try {
            return thaw();
        } catch (LibvirtException e) {
            if (e.saysAgentSilent()) { // it may have been asked, and answer later
                throw DriverException.because(Failure.UNREACHABLE)
                        .effect(Effect.UNKNOWN)
                        .causedBy(e)
                        .message(
                                "the agent in machine %s does not say that its guest is thawed: %s",
                                machine, String.valueOf(e.getMessage()));
            }
            throw refused(e);
        }
    }

    /** Returns how many file systems the guest has on disks; nothing if its agent cannot say. */
    OptionalInt fileSystems() throws LibvirtException {
        try {
            return OptionalInt.of(AgentWords.fileSystems(domain.agent().fileSystems(ANSWER_SECONDS)));
        } catch (LibvirtException e) {
            if (e.saysAgentRefuses()) {
                return OptionalInt.empty();
            }
            throw refused(e);
        }
    }

    GuestFacts facts() throws LibvirtException {
        try {
            return AgentWords.facts(domain.agent().facts(ANSWER_SECONDS));
        } catch (LibvirtException e) {
            throw refused(e);
        }
    }

    private String ask(String command, int seconds, Pattern form) throws LibvirtException {
        String answer = domain.agent().ask("{\"execute\":\"" + command + "\"}", seconds);
        Matcher matcher = form.matcher(answer.strip());
        if (!matcher.matches()) {
            throw LibvirtException.noAnswer("the agent answers what is no answer to " + command);
        }
        return Optional.ofNullable(matcher.group(1)).orElseThrow();
    }

    /** Returns that somebody holds the guest frozen. */
    DriverException frozen() {
        return DriverException.because(Failure.IN_USE)
                .message("the guest of machine %s is frozen; wait until it is thawed, or thaw it", machine);
    }

    /** Returns what the agent's failure means, if nothing was done. */
    RuntimeException refused(LibvirtException e) throws LibvirtException {
        if (e.saysAgentDisabled() && isFrozen()) { // older agents say the same of what is never allowed
            return frozen();
        }
        String words = String.valueOf(e.getMessage());
        if (e.saysAgentSilent()) {
            return DriverException.because(Failure.UNREACHABLE)
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message(
                            "the agent in machine %s does not answer; its guest may still boot, be paused or have none: %s",
                            machine, words);
        }
        if (e.saysAgentRefuses()) {
            return DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("the agent in machine %s cannot do it: %s", machine, AgentWords.shortened(words));
        }
        throw e;
    }

    private static DriverException absent(MachineId machine) {
        return DriverException.because(Failure.NOT_FOUND).message("no machine %s runs on this host", machine);
    }

    @Override
    public void close() {
        domain.close();
    }
}
