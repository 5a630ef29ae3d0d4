"""The tube amplifier's target: two common-cathode 12AX7 stages, solved as a circuit in float64.

Owns the netlist, the valve equations and the integrator. Knows nothing of training or networks.

Valve: plate current by Norman Koren, "Improved vacuum tube models for SPICE simulations" (Glass Audio 8(5), 1996),
12AX7 values; grid current by Dempwolf & Zölzer, "A physically-motivated triode model for circuit simulations" (DAFx-11).
Integration: trapezoidal companion models of the capacitors, linear part eliminated to the valves' ports (the discrete
K-method; Yeh, Abel & Smith, IEEE TASLP 18(4), 2010), Newton on the ports at every step, all segments side by side.
"""
import numpy as np
from scipy.signal import resample_poly

OVERSAMPLING = 8
SUPPLY_VOLTS = 300.0
#: Volts at the amplifier's input for a sample of 1.0 and 0 dB drive: a hot guitar pick-up at full scale.
VOLTS_PER_UNIT = 0.1
#: Output samples per volt at the output jack.
UNITS_PER_VOLT = 1 / 140

# (kind, node, node, value). Node 0 is ground. Values in ohm and farad.
NODES = {name: index for index, name in enumerate(
    ['0', 'in', 'a', 'g1', 'k1', 'p1', 'b', 'g2', 'k2', 'p2', 'c', 'out', 'supply'])}
NETLIST = [
    ('C', 'in', 'a', 22e-9), ('R', 'a', '0', 1e6), ('R', 'a', 'g1', 68e3),  # input, grid leak, grid stopper
    ('R', 'supply', 'p1', 100e3), ('R', 'k1', '0', 1.5e3), ('C', 'k1', '0', 22e-6),  # first stage, full bypass
    ('C', 'g1', 'p1', 2.4e-12),  # grid to plate capacitance: the Miller effect
    ('C', 'p1', 'b', 22e-9), ('R', 'b', 'g2', 470e3), ('R', 'g2', '0', 100e3),  # coupling and divider
    ('R', 'supply', 'p2', 100e3), ('R', 'k2', '0', 1.5e3), ('C', 'k2', '0', 1e-6),  # second stage, bass-shy bypass
    ('C', 'g2', 'p2', 2.4e-12),
    ('C', 'p2', 'c', 22e-9), ('R', 'c', 'out', 47e3), ('C', 'out', '0', 470e-12), ('R', 'out', '0', 220e3),  # tone
]
VALVES = [('g1', 'p1', 'k1'), ('g2', 'p2', 'k2')]
SOURCES = ['in', 'supply']


def triode(vgk: np.ndarray, vpk: np.ndarray):
    """Grid and plate current in A of a 12AX7 at grid and plate voltages in V against the cathode, with derivatives.

    Returns (ig, dig/dvgk, ip, dip/dvgk, dip/dvpk).
    """
    mu, exponent, kg1, kp, kvb = 100.0, 1.4, 1060.0, 600.0, 300.0
    plate = np.maximum(vpk, 1e-3)
    root = np.sqrt(kvb + plate * plate)
    inner = np.minimum(kp * (1 / mu + vgk / root), 500.0)
    grown = np.exp(inner)
    log_term = np.log1p(grown)
    slope = grown / (1 + grown)
    e1 = plate / kp * log_term
    power = 2 / kg1 * np.maximum(e1, 1e-30) ** (exponent - 1)
    ip = power * e1
    d_e1 = exponent * power
    dip_vgk = d_e1 * slope * plate / root
    dip_vpk = d_e1 * (log_term / kp - slope * plate * plate * vgk / root ** 3)
    gain, sharpness, grid_exponent = 6.177e-4, 9.901, 1.314
    opened = np.exp(np.clip(sharpness * vgk, -60.0, 300.0))
    soft = np.log1p(opened) / sharpness
    grid_power = gain * soft ** (grid_exponent - 1)
    return grid_power * soft, grid_exponent * grid_power * opened / (1 + opened), ip, dip_vgk, dip_vpk


class Network:
    """The linear part seen from the valves' ports: matrices of a time step of 1/rate_hz, or of the DC point (0 Hz)."""

    def __init__(self, rate_hz: float):
        size = len(NODES) - 1

        def row(plus, minus):
            return np.eye(size + 1)[NODES[plus]][1:] - np.eye(size + 1)[NODES[minus]][1:]

        resistors = [(row(a, b), 1 / value) for kind, a, b, value in NETLIST if kind == 'R']
        capacitors = [(row(a, b), value) for kind, a, b, value in NETLIST if kind == 'C']
        self.cap_rows = np.array([r for r, _ in capacitors])
        self.cap_conductance = np.array([2 * c * rate_hz + 1e-15 for _, c in capacitors])
        ports = np.array([r for g, p, k in VALVES for r in (row(g, k), row(p, k))])
        sources = np.array([row(s, '0') for s in SOURCES])
        conductance = sum(g * np.outer(r, r) for r, g in resistors)
        conductance = conductance + self.cap_rows.T @ (self.cap_conductance[:, None] * self.cap_rows)
        full = np.block([[conductance, sources.T], [sources, np.zeros((2, 2))]])
        solve = np.linalg.inv(full)[:size]
        # Node voltages from [capacitor states, sources, port currents].
        self.nodes = np.hstack([solve[:, :size] @ self.cap_rows.T, solve[:, size:], -solve[:, :size] @ ports.T])
        self.ports = ports @ self.nodes
        count = len(capacitors)
        self.next_states = 2 * self.cap_conductance[:, None] * (self.cap_rows @ self.nodes)
        self.next_states[:, :count] -= np.eye(count)
        self.output = self.nodes[NODES['out'] - 1]


def _solve_ports(v, offset, coupling, limit_volts):
    """Newton on v = offset + coupling · i(v), v [4, batch] in V, in place. Returns the port currents in A."""
    for _ in range(60):
        ig, dig, ip, dip_g, dip_p = triode(v[0::2], v[1::2])
        current = np.empty_like(v)
        current[0::2], current[1::2] = ig, ip
        residual = v - offset - coupling @ current
        jacobian = np.empty((4, 5) + v.shape[1:])
        for port in (0, 1):
            left, right = coupling[:, 2 * port, None], coupling[:, 2 * port + 1, None]
            jacobian[:, 2 * port] = -left * dig[port] - right * dip_g[port]
            jacobian[:, 2 * port + 1] = -right * dip_p[port]
        for k in range(4):
            jacobian[k, k] += 1
        jacobian[:, 4] = residual
        for k in range(4):  # Gauss–Jordan for the whole batch; the matrix is close to one with a strong diagonal
            row = jacobian[k, k + 1:] / jacobian[k, k]
            jacobian[:, k + 1:] -= jacobian[:, None, k] * row
            jacobian[k, k + 1:] = row
        step = jacobian[:, 4]
        if limit_volts:
            np.clip(step, -limit_volts, limit_volts, out=step)
        v -= step
        if np.abs(step).max() < 1e-4:  # V; Newton squares it: what is left is far below a microvolt
            return current
    raise ArithmeticError(f'tube circuit: expected Newton to converge in 60 steps, got {np.abs(step).max()} V left.')


def operating_point() -> tuple[np.ndarray, np.ndarray]:
    """Node voltages [nodes] and port voltages [4] in V without a signal."""
    network = Network(0.0)
    count = len(network.cap_conductance)
    known = np.concatenate([np.zeros(count), [0.0, SUPPLY_VOLTS]])
    v = np.array([-1.3, 170.0, -1.3, 170.0])[:, None]
    current = _solve_ports(v, (network.ports[:, :count + 2] @ known)[:, None], network.ports[:, count + 2:], 5.0)
    return network.nodes @ np.concatenate([known, current[:, 0]]), v[:, 0]


def simulate(x: np.ndarray, drive_db: np.ndarray, rate_hz: int) -> np.ndarray:
    """Plays x [segments, frames] with drive [segments, frames] in dB through the circuit, starting at rest.

    Works at 8 × rate_hz between two zero-phase polyphase FIR resamplers; returns float64 of x's shape.
    """
    fine = resample_poly(x, OVERSAMPLING, 1, axis=1, window=('kaiser', 10.0))
    frames = x.shape[1]
    position = np.minimum(np.arange(frames * OVERSAMPLING) / OVERSAMPLING, frames - 1)
    low = position.astype(int)
    high = np.minimum(low + 1, frames - 1)
    fraction = position - low
    network = Network(rate_hz * OVERSAMPLING)
    rest, ports = operating_point()
    count, batch = len(network.cap_conductance), x.shape[0]
    z = np.zeros((count + 6, batch))
    z[:count] = (network.cap_conductance * (network.cap_rows @ rest))[:, None]
    z[count + 1] = SUPPLY_VOLTS
    v = np.repeat(ports[:, None], batch, axis=1)
    coupling = np.ascontiguousarray(network.ports[:, count + 2:])
    offset_matrix = np.ascontiguousarray(network.ports[:, :count + 2])
    volts_out = np.empty((frames * OVERSAMPLING, batch))
    gain = VOLTS_PER_UNIT * 10 ** (drive_db / 20)
    step = None
    for n in range(frames * OVERSAMPLING):
        z[count] = fine[:, n] * (gain[:, low[n]] + fraction[n] * (gain[:, high[n]] - gain[:, low[n]]))
        before = v.copy()
        if step is not None:
            v += step  # linear prediction halves Newton's work
        z[count + 2:] = _solve_ports(v, offset_matrix @ z[:count + 2], coupling, 0)
        step = v - before
        volts_out[n] = network.output @ z
        z[:count] = network.next_states @ z
    return resample_poly(volts_out, 1, OVERSAMPLING, axis=0, window=('kaiser', 10.0)).T * UNITS_PER_VOLT
