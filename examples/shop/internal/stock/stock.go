// Package stock is the service that knows what is on the shelves.
package stock

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// Item is one article and how many of it are left.
type Item struct {
	SKU  string `json:"sku"`
	Name string `json:"name"`
	Left int    `json:"left"`
}

type store struct {
	mu    sync.Mutex
	items map[string]*Item
}

// Handler serves a stock of its own.
func Handler() http.Handler {
	s := &store{items: map[string]*Item{
		"cup":    {SKU: "cup", Name: "Cup", Left: 12},
		"teapot": {SKU: "teapot", Name: "Teapot", Left: 1},
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("/stock/", s.show)
	mux.HandleFunc("/reserve", s.reserve)
	return mux
}

// show answers GET /stock/SKU.
func (s *store) show(w http.ResponseWriter, r *http.Request) {
	sku := strings.TrimPrefix(r.URL.Path, "/stock/")
	if sku == "broken" {
		http.Error(w, "the shelf is broken", http.StatusServiceUnavailable)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	item, ok := s.items[sku]
	if !ok {
		http.Error(w, "no such item", http.StatusNotFound)
		return
	}
	reply(w, item)
}

// reserve answers POST /reserve with the item that was taken.
func (s *store) reserve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "only POST", http.StatusMethodNotAllowed)
		return
	}
	var want struct {
		SKU   string `json:"sku"`
		Count int    `json:"count"`
	}
	if err := json.NewDecoder(r.Body).Decode(&want); err != nil {
		http.Error(w, "not an order: "+err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	item, ok := s.items[want.SKU]
	if !ok {
		http.Error(w, "no such item", http.StatusNotFound)
		return
	}
	if want.Count < 1 || item.Left < want.Count {
		http.Error(w, fmt.Sprintf("only %d left", item.Left), http.StatusConflict)
		return
	}
	item.Left -= want.Count
	reply(w, item)
}

func reply(w http.ResponseWriter, item *Item) {
	w.Header().Set("Content-Type", "application/json")
	// The status is sent by now: there is nobody left to tell of an error.
	_ = json.NewEncoder(w).Encode(item)
}
