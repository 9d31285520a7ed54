package semconv

import (
	"context"

	"goagent/agent"
	"goagent/metric"
)

// Message is what a client of a broker knows about its operation. Empty means unknown.
type Message struct {
	System string // messaging.system: "rabbitmq", "rocketmq", "kafka"
	// Operation is the system's own word: "publish", "consume"; empty means that of the
	// conventions.
	Operation   string
	Destination string // queue or topic
	// Template replaces Destination in measurements if there are many destinations.
	Template string
	Group    string // the group of consumers
	ID       string // of the message
	Batch    int    // the number of messages, if more than one; 0 means one
	Host     string // the broker, with or without a port
	Port     int    // used if Host has none
	Headers  map[string][]string
	// Delivered means that Process is the first to see the message: it was pushed, and no
	// Receive has counted it.
	Delivered bool
}

// StartSend starts the span of sending a message, and makes it current.
func StartSend(ctx context.Context, m Message) agent.Span {
	m.Operation = firstNonEmpty(m.Operation, "send")
	s := agent.StartProducer(ctx, m.name())
	m.measure(s, "send", messagingClient)
	return s
}

// StartReceive starts the span of a client's request for messages, and makes it current.
func StartReceive(ctx context.Context, m Message) agent.Span {
	m.Operation = firstNonEmpty(m.Operation, "receive")
	s := agent.StartClient(ctx, m.name())
	m.measure(s, "receive", messagingClient)
	return s
}

// StartSettle starts the span of an acknowledgement, and makes it current.
func StartSettle(ctx context.Context, m Message) agent.Span {
	m.Operation = firstNonEmpty(m.Operation, "ack")
	s := agent.StartClient(ctx, m.name())
	m.measure(s, "settle", messagingClient)
	return s
}

// StartProcess starts the span of processing a message, whose headers name the parent, and makes it
// current.
func StartProcess(m Message) agent.Span {
	m.Operation = firstNonEmpty(m.Operation, "process")
	s := agent.StartConsumer(m.name(), m.Headers)
	m.measure(s, "process", messagingProcess)
	return s
}

// EndMessage ends a span of any of these kinds, as agent.Span.End does.
func EndMessage(s agent.Span, err error) { s.EndErr(err) }

// EndReceive is EndMessage for a receive that has returned this many messages. If the span is the
// zero Span, as for an exporter's messages, they are not counted.
func EndReceive(s agent.Span, m Message, messages int, err error) {
	m.Operation = firstNonEmpty(m.Operation, "receive")
	if messages > 0 {
		s.SetInt("messaging.batch.message_count", int64(messages))
		if metric.Enabled() && s != (agent.Span{}) {
			host, port := m.broker()
			set := m.metricSet("receive", host, port)
			if err != nil {
				set[messagingError].Str = agent.ErrorType(err)
			}
			messagingConsumed.Add(&set, int64(messages))
		}
	}
	s.EndErr(err)
}

func (m *Message) name() string {
	if target := firstNonEmpty(m.Template, m.Destination); target != "" {
		return m.Operation + " " + target
	}
	return m.Operation
}

func (m *Message) broker() (host string, port int) { return hostAndPort(m.Host, m.Port) }

// count returns the number of messages.
func (m *Message) count() int64 {
	if m.Batch > 1 {
		return int64(m.Batch)
	}
	return 1
}

// metricSet returns the attributes of measurements.
func (m *Message) metricSet(kind, host string, port int) metric.Set {
	set := metric.Set{
		messagingSystem: {Str: m.System}, messagingOperation: {Str: m.Operation}, messagingType: {Str: kind},
		messagingDestination: {Str: m.Destination}, messagingTemplate: {Str: m.Template}, messagingGroup: {Str: m.Group},
		messagingAddress: {Str: host}, messagingPort: {Num: int64(port)},
	}
	if m.Template != "" {
		set[messagingDestination].Str = ""
	}
	return set
}

func (m *Message) measure(s agent.Span, kind string, timer *metric.Instrument) {
	if s == (agent.Span{}) {
		return
	}
	host, port := m.broker()
	if set := s.Measure(timer, nil); set != nil {
		*set = m.metricSet(kind, host, port)
		switch {
		case kind == "send":
			set[messagingSending].Num = m.count()
		case kind == "process" && m.Delivered: // it was delivered, however its processing ends
			messagingConsumed.Add(set, m.count())
		}
	}
	a := s.Fresh()
	if a == nil {
		return
	}
	addText(a, "messaging.system", m.System)
	addText(a, "messaging.operation.name", m.Operation)
	addText(a, "messaging.operation.type", kind)
	addText(a, "messaging.destination.name", m.Destination)
	addText(a, "messaging.destination.template", m.Template)
	addText(a, "messaging.consumer.group.name", m.Group)
	addText(a, "messaging.message.id", m.ID)
	if m.Batch > 1 {
		a.AddInt("messaging.batch.message_count", int64(m.Batch))
	}
	addAddress(a, "server.address", host, "server.port", port)
}
