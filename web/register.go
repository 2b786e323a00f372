package web

func (s *Server) registerPages() []page { return nil }
